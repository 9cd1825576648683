/// Requests that do not come to an end: they must not keep the others waiting, and have an end themselves.
extension Dispatcher {
  /// What is wrong with an active job, as its row shows it; nil where it is right again.
  package struct Notice: Sendable, Equatable {
    package let generation: Int
    package let problem: Problem?

    package init(generation: Int, problem: Problem?) {
      self.generation = generation
      self.problem = problem
    }
  }

  /// How long fal's model works on one request.
  struct WorkTime: Sendable {
    /// The usual seconds, learned from what finished; nil before the first.
    private var seconds: Double?

    var usual: Duration? { seconds.map { .seconds($0) } }

    /// fal's apps may work for an hour, unless they say otherwise.
    private static let limit: Duration = .seconds(3600)
    private static let patienceMin: Duration = .seconds(120)

    mutating func note(_ latest: Double) {
      guard latest >= 0, latest < Self.limit.seconds else { return }
      seconds = seconds.map { $0 + (latest - $0) * 0.1 } ?? latest
    }

    /// What takes longer is set aside.
    var patience: Duration {
      usual.map { max(Self.patienceMin, $0 * 10) } ?? Self.limit
    }
  }

  /// Set aside at most: when there are more, something is wrong with all of them, and nothing more is paid
  /// for until some have ended.
  static let asideMax = 100
  /// What was set aside for so long is held: three times what fal lets a model work.
  static let asideGrace: Duration = .seconds(3 * 3600)
  /// What has waited at fal for so long is held, however long fal's queue is.
  static let queueGrace: Duration = .seconds(24 * 3600)
  /// Trouble is told once it has lasted so long.
  static let tellingAfter: Duration = .seconds(60)
  /// Where fal answers to nothing else either, a request without an answer waits so long.
  static let silenceGrace: Duration = .seconds(12 * 3600)

  /// Why a request is late, and whether that has an end now.
  private struct Delay {
    let problem: Problem
    /// It is about this request, and not about all.
    let isLone: Bool
    let isOver: Bool
  }

  /// Looks at how long the request of a job takes, after an answer that did not end it.
  mutating func weigh(_ id: Job.ID, at now: Timestamp) {
    guard let entry = active[id], let ticket = entry.job.state.ticket,
      entry.step == .poll || entry.vain != nil
    else { return }
    if isOvertaken(entry) { active[id]?.overtakenSince = entry.overtakenSince ?? now }
    guard let delay = delay(of: entry, at: now) else {
      active[id]?.asideSince = nil
      tell(obstacle(entry), of: id)
      return
    }
    if delay.isOver {
      apply(entry.job.unfinished(ticket, delay.problem), at: now)
      return
    }
    tell(delay.problem, of: id)
    guard delay.isLone else { return }
    let since = entry.asideSince ?? now
    active[id]?.asideSince = since
    if entry.step == .poll {
      let gap = min(max(now.since(since) / 4, .seconds(30)), .seconds(600))
      active[id]?.at = max(entry.at, now + gap)
    }
  }

  /// Lets the row of a job whose download does not get on say so.
  mutating func weighDownload(_ id: Job.ID, at now: Timestamp) {
    guard let entry = active[id] else { return }
    let late = entry.vain.flatMap { delay(by: $0, entry.strikes?.problem, at: now) }
    tell(late?.problem ?? obstacle(entry), of: id)
  }

  /// What is wrong with its result, where that keeps others from being sent: it is told at once.
  private func obstacle(_ entry: ActiveJob) -> Problem? {
    guard yield.isInDoubt, let strikes = entry.strikes, strikes.kind.isOfResult else { return nil }
    return strikes.problem
  }

  private func delay(of entry: ActiveJob, at now: Timestamp) -> Delay? {
    let vain = entry.vain.flatMap { delay(by: $0, entry.strikes?.problem, at: now) }
    if let vain, vain.isOver { return vain }
    // A look in vain between does not make it any faster.
    return slowness(of: entry, at: now) ?? vain
  }

  /// fal says that it waits or is worked on, and has done so for much longer than is usual.
  private func slowness(of entry: ActiveJob, at now: Timestamp) -> Delay? {
    if entry.job.state.name == .inQueue, now.since(entry.since) >= Self.queueGrace {
      let problem = Problem("waited", "it has waited in fal's queue for a day")
      return Delay(problem: problem, isLone: true, isOver: true)
    }
    guard let problem = slowProblem(of: entry, at: now) else { return nil }
    let isOver = entry.asideSince.map { now.since($0) >= Self.asideGrace } ?? false
    return Delay(problem: problem, isLone: true, isOver: isOver)
  }

  private func delay(by vain: Vain, _ problem: Problem?, at now: Timestamp) -> Delay? {
    let lasted = now.since(vain.since)
    guard let problem, vain.count >= Self.looksMin, lasted >= Self.tellingAfter else { return nil }
    let isLone = lastAnswer.map { $0 > vain.since } ?? false
    let grace = isLone || vain.wasUnreadable ? Self.unreadGrace : Self.silenceGrace
    return Delay(problem: problem, isLone: isLone, isOver: lasted >= grace)
  }

  private func slowProblem(of entry: ActiveJob, at now: Timestamp) -> Problem? {
    if case .inProgress = entry.job.state, now.since(entry.since) >= work.patience {
      return Problem(
        "slow", "fal has worked on it for longer than \(work.patience.minutes), and says no more")
    }
    if let since = entry.overtakenSince, now.since(since) >= work.patience {
      return Problem(
        "overtaken",
        "fal began requests that it got later more than \(work.patience.minutes) ago")
    }
    return nil
  }

  /// fal's queue is first in, first out.
  private func isOvertaken(_ entry: ActiveJob) -> Bool {
    guard case .inQueue(let ticket) = entry.job.state, let startedUpTo else { return false }
    return startedUpTo > ticket.acceptedAt
  }

  /// Lets the job's row say what is wrong with it: the first thing that was, since troubles that come in
  /// turns would have it written all the time.
  private mutating func tell(_ problem: Problem?, of id: Job.ID) {
    guard let entry = active[id], entry.isTold != (problem != nil) else { return }
    active[id]?.isTold = problem != nil
    notices[id] = Notice(generation: entry.job.generation, problem: problem)
  }
}

extension Duration {
  fileprivate var minutes: String { "\(Int64(seconds / 60)) min" }
}
