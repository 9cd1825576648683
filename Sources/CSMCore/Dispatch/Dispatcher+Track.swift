extension Dispatcher {
  /// How long fal may deny an id before it counts as lost.
  static let missingGrace: Duration = .seconds(900)
  /// What may be a passing fault of what stands between is believed when each look for so long showed
  /// the same, and there were so many looks.
  static let doubtGrace: Duration = .seconds(300)
  static let looksMin = 3
  /// A result that could not be read for so long is given up, and nothing is sent again by itself: it may
  /// be that fal's results cannot be read at all.
  static let unreadGrace: Duration = .seconds(3600)
  /// Audio that is missing or wrong is given up after so many looks, within some five minutes.
  static let damagedMax = 11
  /// A download that passing faults hinder is given up after this time: four fifths of the seven days
  /// for which fal keeps a file at least.
  static let downloadGrace: Duration = .seconds(7 * 86_400 * 4 / 5)
  /// The same, where the audio of others came meanwhile, or shortly before.
  static let loneDownloadGrace: Duration = .seconds(12 * 3600)
  /// A question that was answered so long after its time came late: the machine slept, or fal was away.
  static let lateLook: Duration = .seconds(5)
  /// Tries to tell fal of a cancellation.
  static let cancelTries = 5

  /// Where fal says that a job stands.
  mutating func settle(_ entry: ActiveJob, _ outcome: PollOutcome, at now: Timestamp) {
    guard let ticket = entry.job.state.ticket else { return }
    switch outcome {
    case .inQueue:
      noteAnswer(at: now)
      progress(entry, to: .inQueue(ticket), at: now)
    case .inProgress:
      noteAnswer(at: now)
      noteStart(of: ticket)
      progress(entry, to: .inProgress(ticket), at: now)
    case .completed(let seconds, let failed):
      noteAnswer(at: now)
      noteStart(of: ticket)
      window.finished(seconds: seconds, at: now)
      // What ended while nobody could look teaches nothing.
      let isSeenInTime = entry.strikes == nil && now.since(entry.at) < Self.lateLook
      if !entry.isRecovered, isSeenInTime {
        let time = now.since(ticket.acceptedAt)
        if schedule.finished(after: time) { askSoon(after: time, at: now) }
        work.note(seconds ?? now.since(ticket.acceptedAt).seconds)
      }
      active[entry.job.id]?.isSaidToFail = failed
      if let entry = active[entry.job.id] { goOn(entry, .collect, at: now) }
    case .missing(let problem):
      noteAnswer(at: now)
      missing(entry, ticket, problem, at: now)
    case .unreadable(let problem): strike(entry, .unreadable, problem, .poll, at: now)
    case .later(let problem, let retryAfter):
      strike(entry, .passing, problem, .poll, after: retryAfter, at: now)
    case .shut(let gate, let problem): shut(entry, .poll, gate, problem, at: now)
    }
    weigh(entry.job.id, at: now)
  }

  /// The first end was seen: those that have taken as long may be over, too.
  private mutating func askSoon(after time: Duration, at now: Timestamp) {
    for entry in active.values where entry.step == .poll && entry.strikes == nil {
      guard let ticket = entry.job.state.ticket else { continue }
      active[entry.job.id]?.at = min(entry.at, max(now, ticket.acceptedAt + time))
    }
  }

  /// What the result says.
  mutating func settle(_ entry: ActiveJob, _ outcome: CollectOutcome, at now: Timestamp) {
    guard let ticket = entry.job.state.ticket else { return }
    // Usual or long, it is looked at again in the same way.
    let (job, step) = (entry.job, entry.step)
    switch outcome {
    case .audio(let result, let units):
      noteAnswer(at: now)
      lastRead = now
      bills.note(
        units.flatMap(rules.price.of(units:)),
        reserved: rules.price.of(characters: job.request.characters))
      apply(job.finished(ticket, result: result, units: units, price: rules.price), at: now)
      if let entry = active[job.id] { goOn(entry, .fetch, at: now) }
    case .long: goOn(entry, .collectLong, at: now)
    case .notYet: progress(entry, to: .inProgress(ticket), at: now)
    case .failed(let failure) where failure.isByModel || entry.isSaidToFail:
      // Believing a transient one costs a new submit, so it has to be seen again.
      let row = strike(entry, .failing, failure.problem, step, at: now)
      let isSeenAgain = row.count >= Self.looksMin
      if isSeenAgain || !failure.isTransient { failed(job, failure, isSure: true, at: now) }
    case .failed(let failure):
      doubt(entry, failure.problem, at: now) { $0.failed(job, failure, at: now) }
    case .cancelled(let problem) where entry.cancel != .notAsked || entry.isSaidToFail:
      apply(job.cancelledAtFal(problem), at: now)
    case .cancelled(let problem):
      doubt(entry, problem, at: now) { $0.apply(job.cancelledAtFal(problem), at: now) }
    case .unreadable(let problem):
      let row = strike(entry, .unreadable, problem, step, backoff: .missing, at: now)
      if row.isBelieved(at: now) {
        failed(job, FalFailure(problem, isTransient: false, isByModel: false), at: now)
      }
    case .missing(let problem):
      // It is over, so the listing could only bring it back here.
      let row = strike(entry, .missing, problem, step, backoff: .missing, at: now)
      if now.since(row.since) >= Self.missingGrace {
        failed(job, FalFailure(problem, isTransient: false, isByModel: false), at: now)
      }
    case .later(let problem, let retryAfter):
      strike(entry, .passing, problem, step, after: retryAfter, at: now)
    case .shut(let gate, let problem):
      let row = shut(entry, step, gate, problem, at: now)
      // Shut out again and again while others are read, it is this request that the model refuses; an
      // account that is locked now and then says nothing of it.
      if gate == .auth, row.isBelieved(at: now), let lastRead, lastRead > row.since {
        failed(job, FalFailure(problem, isTransient: false, isByModel: false), at: now)
      }
    }
    weigh(job.id, at: now)
  }

  /// A result that looks like a failure, of which neither the model nor the status says that it is one.
  ///
  /// Believing it may pay once more, so it must not be a passing fault of what stands between: the same has
  /// to be seen for minutes, while the results of others can be read.
  private mutating func doubt(
    _ entry: ActiveJob, _ problem: Problem, at now: Timestamp, believe: (inout Self) -> Void
  ) {
    let row = strike(
      entry, .doubted(problem.kind), problem, entry.step, backoff: .missing, at: now)
    let doubtedSince = entry.doubtedSince ?? now
    if row.isBelieved(at: now), let lastRead, lastRead > row.since {
      believe(&self)
    } else if now.since(doubtedSince) >= Self.unreadGrace {
      let unread = Problem(
        "unread_result",
        "fal says that it is over, and its result cannot be read: \(problem.message); sending it "
          + "again pays once more")
      failed(entry.job, FalFailure(unread, isTransient: false, isByModel: false), at: now)
    } else {
      active[entry.job.id]?.doubtedSince = doubtedSince
    }
  }

  /// What the download came to.
  mutating func settle(_ entry: ActiveJob, _ outcome: FetchOutcome, at now: Timestamp) {
    guard case .completed(let ticket, let result) = entry.job.state else { return }
    switch outcome {
    case .stored(let audio): apply(entry.job.stored(audio), at: now)
    case .refused(let problem): unusable(entry.job, ticket, result, problem, at: now)
    case .damaged(let problem, let digest):
      let isSame = digest != nil && digest == entry.lastDigest
      let backoff = digest == nil ? Backoff.download : .whole
      let row = strike(entry, .damaged, problem, .fetch, backoff: backoff, at: now)
      active[entry.job.id]?.lastDigest = digest
      if isSame || row.count >= Self.damagedMax {
        unusable(entry.job, ticket, result, problem, at: now)
      }
    case .later(let problem, let retryAfter):
      putOff(entry, .passing, problem, ticket, result, after: retryAfter, at: now)
    case .slow(let problem):
      downloadPlaces = DownloadPlaces()
      putOff(entry, .slow, problem, ticket, result, at: now)
    case .diskFull(let problem):
      shut(.disk, problem.message, at: now)
      goOn(entry, .fetch, at: now)
    }
    weighDownload(entry.job.id, at: now)
  }

  private mutating func putOff(
    _ entry: ActiveJob, _ kind: Strikes.Kind, _ problem: Problem, _ ticket: Ticket,
    _ result: String?, after: Duration? = nil, at now: Timestamp
  ) {
    let row = strike(entry, kind, problem, .fetch, after: after, backoff: .download, at: now)
    let isLone = lastStored.map { $0 > row.since - .seconds(3600) } ?? false
    let grace = isLone ? Self.loneDownloadGrace : Self.downloadGrace
    if now.since(row.since) >= grace {
      unusable(entry.job, ticket, result, problem, at: now)
    }
  }

  private mutating func unusable(
    _ job: Job, _ ticket: Ticket, _ result: String?, _ problem: Problem, at now: Timestamp
  ) {
    noteUseless(job.id, problem, at: now)
    apply(job.unusable(ticket, result: result, problem), at: now)
  }

  /// What fal says to a cancellation; the status goes on to tell what became of it.
  mutating func settle(_ entry: ActiveJob, _ outcome: CancelOutcome, at now: Timestamp) {
    var entry = entry
    switch outcome {
    case .acknowledged: entry.cancel = .acknowledged
    case .tooLate: entry.cancel = .asked
    case .later(let problem):
      let row = strike(entry, .passing, problem, .cancel, at: now)
      guard row.count >= Self.cancelTries else { return }
      entry.cancel = .asked
    }
    entry.endStrikes()
    active[entry.job.id] = entry
    follow(entry.job.id, at: now)
  }

  private mutating func progress(_ entry: ActiveJob, to state: JobState, at now: Timestamp) {
    var entry = entry
    entry.endStrikes()
    entry.deniedSince = nil
    active[entry.job.id] = entry
    if let move = entry.job.progressed(to: state) { apply(move, at: now) }
    follow(entry.job.id, at: now)
  }

  /// - Parameter isSure: fal's own words, or the model's, confirm it.
  private mutating func failed(
    _ job: Job, _ failure: FalFailure, isSure: Bool = false, at now: Timestamp
  ) {
    // What fal itself says of a request is about that one alone.
    if !isSure, !failure.isTransient { noteUseless(job.id, failure.problem, at: now) }
    apply(
      job.failedAtFal(failure, isSure: isSure, rules: rules, at: now, lot: &lot), at: now)
  }

  /// fal denies the id: after a while it is looked for in the listing, or cancelled if that was asked.
  private mutating func missing(
    _ entry: ActiveJob, _ ticket: Ticket, _ problem: Problem, at now: Timestamp
  ) {
    guard entry.cancel != .acknowledged else {
      apply(entry.job.cancelledAtFal(problem), at: now)
      return
    }
    let row = strike(entry, .missing, problem, .poll, backoff: .missing, at: now)
    if now.since(row.since) >= Self.missingGrace {
      apply(entry.job.lost(ticket, problem, at: now), at: now)
      active[entry.job.id]?.deniedSince = entry.deniedSince ?? now
      searchSoon(entry.job.id, at: now)
    }
  }

  /// Puts a step off that brought nothing.
  @discardableResult
  private mutating func strike(
    _ entry: ActiveJob, _ kind: Strikes.Kind, _ problem: Problem, _ step: Step,
    after: Duration? = nil, backoff: Backoff = .reading, at now: Timestamp
  ) -> Strikes {
    var entry = entry
    let row = entry.strike(kind, problem, at: now)
    if !kind.isOfResult {
      yield.end(entry.job.id)
    } else if row.count == 1 {
      yield.doubt(entry.job.id)
    }
    // fal is told of a wish to cancel although its status cannot be read.
    entry.step = step == .poll && entry.wantsCancel ? .cancel : step
    entry.at = now + backoff.delay(row.count, retryAfter: after, lot: &lot)
    active[entry.job.id] = entry
    return row
  }

  /// fal does not take the key, or says that the account is locked: the step is put off.
  ///
  /// A lock that reads meet says nothing of submits, and is theirs to find out.
  @discardableResult
  private mutating func shut(
    _ entry: ActiveJob, _ step: Step, _ gate: Gate.Name, _ problem: Problem, at now: Timestamp
  ) -> Strikes {
    // Shut out alone again and again, it keeps nobody else out.
    let isAlone = entry.strikes.map { $0.kind == .shut && $0.isBelieved(at: now) } ?? false
    if gate == .auth, !isAlone { noteRefusal(.auth, problem, at: now) }
    return strike(entry, .shut, problem, step, backoff: .shut, at: now)
  }

  private mutating func goOn(_ entry: ActiveJob, _ step: Step, at now: Timestamp) {
    var entry = entry
    yield.end(entry.job.id)
    entry.endStrikes()
    entry.deniedSince = nil
    entry.step = step
    entry.at = now
    active[entry.job.id] = entry
  }
}
