/// Requests that do not finish: they must not hold up the others, and must end eventually.
extension Dispatcher {
  /// The most requests that are set aside.
  ///
  /// With more, all requests are in trouble, and nothing more is paid for until some have ended.
  static let asideMax = 100
  /// A request that was set aside for this long is held: three times as long as fal lets a model work.
  static let asideGrace: Duration = .seconds(3 * 3600)
  /// A request that has waited at fal for this long is held, however long fal's queue is.
  static let queueGrace: Duration = .seconds(24 * 3600)
  /// Failures are reported once they have lasted this long.
  static let reportedAfter: Duration = .seconds(60)
  /// How long a request may get no answer while fal does not answer anything else either.
  static let silenceGrace: Duration = .seconds(12 * 3600)

  /// Why a request is late, and whether that has lasted too long.
  private struct Delay {
    let problem: Problem
    /// Whether others are answered meanwhile.
    let isLone: Bool
    let isOver: Bool
  }

  /// Checks how long the request of a job is taking, after an answer that did not end it.
  mutating func checkDelay(_ id: Job.ID, at now: Timestamp) {
    guard let entry = active[id], let ticket = entry.ticket, let following = entry.following,
      following.question == .status || following.failures != nil
    else { return }
    if isOvertaken(entry) {
      active[id]?.following?.overtakenSince = following.overtakenSince ?? now
    }
    guard let delay = delay(of: entry, following, at: now) else {
      active[id]?.following?.asideSince = nil
      report(blockingProblem(of: entry), of: id)
      return
    }
    if delay.isOver {
      apply(entry.job.unfinished(ticket, delay.problem), at: now)
      return
    }
    report(delay.problem, of: id)
    guard delay.isLone else { return }
    let since = following.asideSince ?? now
    active[id]?.following?.asideSince = since
    if following.question == .status {
      let gap = min(max(now.since(since) / 4, .seconds(30)), .seconds(600))
      active[id]?.at = max(entry.at, now + gap)
    }
  }

  /// Reports a download that makes no progress.
  mutating func checkDownloadDelay(_ id: Job.ID, at now: Timestamp) {
    guard let entry = active[id] else { return }
    let late = entry.failures.flatMap { delay(by: $0, at: now) }
    report(late?.problem ?? blockingProblem(of: entry), of: id)
  }

  /// What is wrong with its result, if that keeps others from being sent; it is reported at once.
  private func blockingProblem(of entry: ActiveJob) -> Problem? {
    guard results.areInDoubt, let run = entry.failures?.run, run.kind.isOfResult else { return nil }
    return run.problem
  }

  private func delay(
    of entry: ActiveJob, _ following: ActiveJob.Following, at now: Timestamp
  ) -> Delay? {
    let failing = following.failures.flatMap { delay(by: $0, at: now) }
    if let failing, failing.isOver { return failing }
    // A failed question in between does not make the request any faster.
    return slowness(of: entry, following, at: now) ?? failing
  }

  /// fal says that it waits or is worked on, and has said so for much longer than usual.
  private func slowness(
    of entry: ActiveJob, _ following: ActiveJob.Following, at now: Timestamp
  ) -> Delay? {
    if entry.job.state.name == .inQueue, now.since(following.since) >= Self.queueGrace {
      let problem = Problem("waited", "it has waited in fal's queue for a day")
      return Delay(problem: problem, isLone: true, isOver: true)
    }
    guard let problem = slowProblem(of: entry, following, at: now) else { return nil }
    let isOver = following.asideSince.map { now.since($0) >= Self.asideGrace } ?? false
    return Delay(problem: problem, isLone: true, isOver: isOver)
  }

  private func delay(by failures: Failures, at now: Timestamp) -> Delay? {
    let lasted = now.since(failures.since)
    guard failures.count >= Self.looksMin, lasted >= Self.reportedAfter else { return nil }
    let isLone = lastAnswer.map { $0 > failures.since } ?? false
    let grace = isLone || failures.wereUnreadable ? Self.unreadGrace : Self.silenceGrace
    return Delay(problem: failures.run.problem, isLone: isLone, isOver: lasted >= grace)
  }

  private func slowProblem(
    of entry: ActiveJob, _ following: ActiveJob.Following, at now: Timestamp
  ) -> Problem? {
    let patience = work.patience
    if case .inProgress = entry.job.state, now.since(following.since) >= patience {
      return Problem(
        "slow", "fal has worked on it for longer than \(patience.minutes), and says nothing more")
    }
    if let since = following.overtakenSince, now.since(since) >= patience {
      return Problem(
        "overtaken",
        "fal passed it over: requests that came later started more than \(patience.minutes) ago")
    }
    return nil
  }

  /// fal's queue is first in, first out.
  private func isOvertaken(_ entry: ActiveJob) -> Bool {
    guard case .inQueue(let ticket) = entry.job.state, let startedUpTo else { return false }
    return startedUpTo > ticket.acceptedAt
  }

  /// Has the job's row show what is wrong with it.
  ///
  /// It keeps the first problem: with several that alternate, the row would be rewritten all the time.
  private mutating func report(_ problem: Problem?, of id: Job.ID) {
    guard let entry = active[id], entry.isReported != (problem != nil) else { return }
    active[id]?.isReported = problem != nil
    notices[id] = Notice(generation: entry.job.generation, problem: problem)
  }
}

extension Duration {
  fileprivate var minutes: String { "\(Int64(seconds / 60)) min" }
}
