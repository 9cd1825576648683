// Requests that fal has: their status and their result.

extension Dispatcher {
  /// How long fal may deny an id before the request counts as lost.
  static let missingGrace: Duration = .seconds(900)
  /// An answer later than this came late: the machine slept, or fal was away.
  static let lateAnswer: Duration = .seconds(5)
  /// Attempts to tell fal of a cancellation.
  static let cancelTries = 5

  /// Schedules the next question about a request that fal has, or tells fal that it is cancelled.
  mutating func follow(_ id: Job.ID, at now: Timestamp) {
    guard var entry = active[id], let ticket = entry.ticket, var following = entry.following else {
      return
    }
    if entry.wantsCancel {
      following.question = .cancellation
      entry.at = now
    } else {
      following.question = .status
      following.answeredAt = now
      let waits = entry.job.state.name == .inQueue
      let out = active.values.count(where: \.isOut)
      let expected = window.timeExpected(out: out, at: now)
      let elapsed = max(.zero, now.since(ticket.acceptedAt))
      entry.at =
        now
        + schedule.gap(
          elapsed: elapsed, inQueue: waits, expected: expected, out: out, generator: &generator)
    }
    entry.following = following
    active[id] = entry
  }

  /// Takes note of where fal says that a job stands.
  mutating func settle(_ entry: ActiveJob, _ outcome: PollOutcome, at now: Timestamp) {
    guard let ticket = entry.ticket, let following = entry.following else { return }
    switch outcome {
    case .inQueue:
      noteAnswer(at: now)
      progress(entry, to: .inQueue(ticket), at: now)
    case .inProgress:
      noteAnswer(at: now)
      noteStart(of: ticket, at: now)
      progress(entry, to: .inProgress(ticket), at: now)
    case .completed(let seconds, let failed, let error):
      noteAnswer(at: now)
      noteStart(of: ticket, at: now)
      window.finished(seconds: seconds, at: now)
      learnTime(of: entry, ticket, following, worked: seconds, at: now)
      proceed(
        entry, to: .result(isLong: false, after: failed ? .failed(error) : .completed), at: now)
    case .missing(let problem) where following.cancellation == .acknowledged:
      noteAnswer(at: now)
      apply(entry.job.cancelledAtFal(problem, at: now), at: now)
    case .missing, .long:
      noteAnswer(at: now)
      active[entry.job.id]?.following?.question = .result(isLong: false, after: .missing)
      active[entry.job.id]?.at = now
    case .unreadable(let problem): putOff(entry, .unreadable, problem, at: now)
    case .later(let problem, let retryAfter):
      putOff(entry, .passing, problem, after: retryAfter, at: now)
    case .gated(let gate, let problem): refused(entry, gate, problem, at: now)
    }
    checkDelay(entry.job.id, at: now)
  }

  /// Learns from an ended request how long requests take.
  ///
  /// One that ended while nobody could look teaches nothing.
  private mutating func learnTime(
    of entry: ActiveJob, _ ticket: Ticket, _ following: ActiveJob.Following, worked: Double?,
    at now: Timestamp
  ) {
    let isSeenInTime = following.failures == nil && now.since(entry.at) < Self.lateAnswer
    guard !following.mayHaveEndedUnseen, isSeenInTime else { return }
    let time = now.since(ticket.acceptedAt)
    if schedule.finished(after: time) { askSoon(after: time, at: now) }
    work.note(worked ?? time.seconds)
  }

  /// The first request has ended: others that have taken as long may be over, too.
  private mutating func askSoon(after time: Duration, at now: Timestamp) {
    for entry in active.values {
      guard let ticket = entry.ticket, let following = entry.following,
        following.question == .status, following.failures == nil
      else { continue }
      active[entry.job.id]?.at = min(entry.at, max(now, ticket.acceptedAt + time))
    }
  }

  /// Takes note of what the result says.
  mutating func settle(_ entry: ActiveJob, _ outcome: CollectOutcome, at now: Timestamp) {
    guard let ticket = entry.ticket, let following = entry.following,
      case .result(_, let status) = following.question
    else { return }
    let job = entry.job
    var (isSaidToFail, said): (Bool, Problem?) = (false, nil)
    if case .failed(let error) = status { (isSaidToFail, said) = (true, error) }
    switch outcome {
    case .audio(let result, let units):
      noteAnswer(at: now)
      lastRead = now
      bills.note(
        units.flatMap(rules.price.of(units:)),
        reserved: rules.price.of(characters: job.request.characters))
      results.settled(job.id)
      apply(job.finished(ticket, result: result, units: units, price: rules.price), at: now)
      active[job.id]?.at = now
    case .long: proceed(entry, to: .result(isLong: true, after: status), at: now)
    case .notYet: progress(entry, to: .inProgress(ticket), at: now)
    case .failed(let failure) where isSaidToFail || failure.isByModel:
      reported(entry, failure, isSaidToFail: isSaidToFail, at: now)
    case .failed(let failure):
      doubt(entry, following, failure.problem, at: now) { $0.failed(job, failure, at: now) }
    case .cancelled(let problem) where following.cancellation != .notAsked || isSaidToFail:
      apply(job.cancelledAtFal(problem, at: now), at: now)
    case .cancelled(let problem):
      doubt(entry, following, problem, at: now) {
        $0.apply(job.cancelledAtFal(problem, at: now), at: now)
      }
    case .unreadable(let problem):
      useless(entry, .unreadable, said ?? problem, grace: Self.doubtGrace, at: now)
    case .missing(let problem) where status == .missing:
      noteAnswer(at: now)
      missing(entry, ticket, problem, at: now)
    case .missing(let problem):
      // The request is over, so the listing could only lead back here.
      useless(entry, .missing, said ?? problem, grace: Self.missingGrace, at: now)
    case .later(let problem, let retryAfter):
      putOff(entry, .passing, said ?? problem, after: retryAfter, at: now)
    case .gated(let gate, let problem):
      let run = refused(entry, gate, problem, at: now)
      // If others are read while this one is refused again and again, the model refuses this request. An
      // account that is locked now and then says nothing about it.
      if gate == .auth, run.isBelieved(at: now), hasRead(since: run.since) {
        failed(job, .certain(problem), at: now)
      }
    }
    checkDelay(job.id, at: now)
  }

  /// Takes note of fal's answer to a cancellation; the status shows what became of it.
  mutating func settle(_ entry: ActiveJob, _ outcome: CancelOutcome, at now: Timestamp) {
    var entry = entry
    switch outcome {
    case .acknowledged: entry.following?.cancellation = .acknowledged
    case .tooLate: entry.following?.cancellation = .asked
    case .later(let problem):
      let run = putOff(entry, .passing, problem, at: now)
      guard run.count >= Self.cancelTries else { return }
      entry.following?.cancellation = .asked
    }
    entry.failures = nil
    active[entry.job.id] = entry
    follow(entry.job.id, at: now)
  }

  private mutating func progress(_ entry: ActiveJob, to state: JobState, at now: Timestamp) {
    var entry = entry
    entry.failures = nil
    entry.following?.deniedSince = nil
    active[entry.job.id] = entry
    if let move = entry.job.progressed(to: state) { apply(move, at: now) }
    follow(entry.job.id, at: now)
  }

  /// fal denies the id, and has no result for it: after a while it is looked for in the listing.
  private mutating func missing(
    _ entry: ActiveJob, _ ticket: Ticket, _ problem: Problem, at now: Timestamp
  ) {
    var entry = entry
    entry.following?.question = .status
    let run = putOff(entry, .missing, problem, backoff: .missing, at: now)
    guard now.since(run.since) >= Self.missingGrace else { return }
    apply(entry.job.lost(ticket, problem, at: now), at: now)
    searchSoon(for: entry.job.id, at: now)
  }

  /// fal does not accept the key, or says that the account is locked: the step is put off.
  ///
  /// A lock that a read meets says nothing about submits, which find out for themselves.
  @discardableResult
  private mutating func refused(
    _ entry: ActiveJob, _ gate: Gate.Name, _ problem: Problem, at now: Timestamp
  ) -> Failures.Run {
    // A request that is refused alone, again and again, keeps nobody else out.
    let isAlone = entry.failures.map { $0.run.kind == .refused && $0.run.isBelieved(at: now) }
    if gate == .auth, isAlone != true { noteRefusal(.auth, problem, at: now) }
    return putOff(entry, .refused, problem, backoff: .refusedReading, at: now)
  }

  /// Puts off a step that failed.
  ///
  /// - Parameter after: how long the server asks to wait. These questions are free, and their answers paid
  ///   for, so csmd waits no longer than it does by itself.
  @discardableResult
  mutating func putOff(
    _ entry: ActiveJob, _ kind: Failures.Kind, _ problem: Problem, after: Duration? = nil,
    backoff: Backoff = .reading, at now: Timestamp
  ) -> Failures.Run {
    var entry = entry
    let failures = Failures(kind, problem, after: entry.failures, at: now)
    entry.failures = failures
    let run = failures.run
    if !kind.isOfResult {
      results.settled(entry.job.id)
    } else if run.count == 1 {
      results.doubt(entry.job.id)
    }
    // fal hears of a wish to cancel even where the status cannot be read.
    if entry.following?.question == .status, entry.wantsCancel {
      entry.following?.question = .cancellation
    }
    let after = after.map { min($0, backoff.cap) }
    entry.at = now + backoff.delay(run.count, retryAfter: after, generator: &generator)
    active[entry.job.id] = entry
    return run
  }

  /// Asks fal the next question about a request at once.
  private mutating func proceed(
    _ entry: ActiveJob, to question: ActiveJob.Question, at now: Timestamp
  ) {
    var entry = entry
    results.settled(entry.job.id)
    entry.failures = nil
    entry.following?.deniedSince = nil
    entry.following?.question = question
    entry.at = now
    active[entry.job.id] = entry
  }
}
