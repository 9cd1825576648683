// When a bad result is believed.
//
// What may be a passing fault has to be seen several times, and for a while. How long depends on who says so,
// and on what it would cost to be wrong:
//
// - The model or the status says that the request failed (`reported`): believed at once, or within a minute.
// - The result is not there, or makes no sense (`useless`): believed once other results are read meanwhile,
//   or after it has lasted so long that no server's fault explains it.
// - The result looks like a failure, and neither of them says so (`doubt`): believed only while other results
//   are read; given up after an hour otherwise.
//
// Audio that is missing or wrong is judged like a useless result, by what is stored (`Dispatcher+Download`).

extension Dispatcher {
  /// A possibly passing fault of a proxy is believed once every look has shown it for this long.
  static let doubtGrace: Duration = .seconds(300)
  /// It also has to be seen at least this often.
  static let looksMin = 3
  /// A transient failure that the model reports, and the status does not, is believed once every look has
  /// shown it for this long.
  static let failingGrace: Duration = .seconds(20)
  /// A result that could not be read for this long is given up.
  ///
  /// Nothing is sent again by itself: fal's results may be unreadable altogether.
  static let unreadGrace: Duration = .seconds(3600)
  /// The same for the last few lines of a night.
  static let lastGrace: Duration = .seconds(900)

  /// A failure that the model reports, or the status.
  mutating func reported(
    _ entry: ActiveJob, _ failure: FalFailure, isSaidToFail: Bool, at now: Timestamp
  ) {
    // If the status says nothing of it, it may be an answer about something else.
    let (backoff, grace): (Backoff, Duration) =
      switch (isSaidToFail, failure.isTransient) {
      case (true, _): (.reading, .zero)
      // Believing it costs nothing: `retry` reads the result again.
      case (false, false): (.refusedReading, .zero)
      // Believing it costs a new submit.
      case (false, true): (.failing, Self.failingGrace)
      }
    let kind: Failures.Kind = failure.isTransient ? .failing : .rejected
    let run = putOff(entry, kind, failure.problem, backoff: backoff, at: now)
    let isSeenAgain = run.count >= Self.looksMin && now.since(run.since) >= grace
    if isSeenAgain || isSaidToFail && !failure.isTransient {
      failed(entry.job, failure, isSure: true, at: now)
    }
  }

  /// A result that is not there, or makes no sense; believed after `grace` at the earliest.
  mutating func useless(
    _ entry: ActiveJob, _ kind: Failures.Kind, _ problem: Problem, grace: Duration,
    at now: Timestamp
  ) {
    let run = putOff(entry, kind, problem, backoff: .result, at: now)
    guard run.count >= Self.looksMin, now.since(run.since) >= grace,
      isOfOne(run, ifOthersSince: lastRead, at: now)
    else { return }
    failed(entry.job, .certain(problem), at: now)
  }

  /// A result that looks like a failure, although neither the model nor the status says so.
  ///
  /// Believing it may cost another submit, so it must not be a passing fault of a proxy: the same has to be
  /// seen for minutes, while the results of others can be read.
  mutating func doubt(
    _ entry: ActiveJob, _ following: ActiveJob.Following, _ problem: Problem, at now: Timestamp,
    believe: (inout Self) -> Void
  ) {
    let run = putOff(entry, .doubted(problem.kind), problem, backoff: .result, at: now)
    let doubtedSince = following.doubtedSince ?? now
    if run.isBelieved(at: now), hasRead(since: run.since) {
      believe(&self)
    } else if now.since(doubtedSince) >= Self.unreadGrace {
      let unread = Problem(
        "unread_result",
        "fal says that it is over, but its result cannot be read: \(problem.message); sending it "
          + "again pays once more")
      failed(entry.job, .certain(unread), at: now)
    } else {
      active[entry.job.id]?.following?.doubtedSince = doubtedSince
    }
  }

  /// Whether what is wrong with a result is believed to be wrong with that result alone.
  ///
  /// Either others were right meanwhile, or it has lasted so long that no server's fault explains it; less
  /// long once no other can be right any more.
  ///
  /// - Parameter ifOthersSince: when another was last right.
  func isOfOne(
    _ run: Failures.Run, ifOthersSince last: Timestamp?, at now: Timestamp
  ) -> Bool {
    if let last, last > run.since { return true }
    return now.since(run.since) >= (areLast ? Self.lastGrace : Self.unreadGrace)
  }

  /// Whether the active jobs are a night's last few, and something is wrong with each of them.
  ///
  /// A fault that all lines meet leaves more of them.
  private var areLast: Bool {
    nextDue == nil && active.count < RecentResults.enough
      && active.values.allSatisfy { $0.failures != nil }
  }

  /// Whether the result of any job was read after this time.
  func hasRead(since time: Timestamp) -> Bool { lastRead.map { $0 > time } ?? false }

  /// Believes a failure: the job ends, or is sent once more.
  ///
  /// - Parameter isSure: fal's own words, or the model's, confirm it.
  mutating func failed(
    _ job: Job, _ failure: FalFailure, isSure: Bool = false, at now: Timestamp
  ) {
    // What fal itself says about a request says nothing about the others.
    if !isSure, !failure.isTransient { noteUseless(job.id, failure.problem, at: now) }
    apply(
      job.failedAtFal(failure, isSure: isSure, rules: rules, at: now, generator: &generator),
      at: now)
  }
}

extension FalFailure {
  /// Trying again is up to a person.
  static func certain(_ problem: Problem) -> FalFailure {
    FalFailure(problem, isTransient: false, isByModel: false)
  }
}
