/// Whether the latest results were usable, so that it makes sense to pay for more.
package struct RecentResults: Sendable {
  /// This many results in a row, all without usable audio, mean that the next will be the same.
  package static let enough = 5

  /// A person opened the gate, and one job is tried.
  private struct Trial: Sendable {
    /// Nil until a job is claimed.
    var job: Job.ID?
  }

  private var trial: Trial?
  /// Jobs whose results have turned out unusable since audio was last stored, and are looked at again.
  private var doubted: Set<Job.ID> = []
  /// Why the latest results were useless, and how many for that reason since audio was last stored.
  private var useless = (kind: "", count: 0)
  /// The useless bytes that were downloaded last, for which job first, and whether others got them, too,
  /// since audio was last stored.
  private var page: (digest: Digest, job: Job.ID, isShared: Bool)?

  mutating func stored() {
    trial = nil
    doubted = []
    useless = ("", 0)
    page = nil
  }

  /// The download of a job brought bytes that are not audio.
  ///
  /// - Returns: whether other jobs got the same bytes, so that the fault is the server's and not the job's.
  mutating func downloaded(_ bytes: Digest, of id: Job.ID) -> Bool {
    guard let known = page, known.digest == bytes else {
      page = (bytes, id, false)
      return false
    }
    let isShared = known.isShared || known.job != id
    page?.isShared = isShared
    return isShared
  }

  mutating func claimed(_ id: Job.ID) { trial?.job = id }

  /// The result of a job could not be used, for the first time.
  mutating func doubt(_ id: Job.ID) { doubted.insert(id) }

  func isInDoubt(_ id: Job.ID) -> Bool { doubted.contains(id) }

  /// The result of a job is no longer in doubt, whatever it turned out to be.
  mutating func settled(_ id: Job.ID) { doubted.remove(id) }

  /// A result that was paid for is useless.
  ///
  /// - Returns: how many were useless for this reason, if that is enough to stop.
  mutating func fail(_ problem: Problem) -> Int? {
    useless = (problem.kind, useless.kind == problem.kind ? useless.count + 1 : 1)
    return trial != nil || useless.count >= Self.enough ? useless.count : nil
  }

  mutating func beginTrial() { trial = Trial() }

  /// Whether so many results are being looked at again that nothing more is paid for.
  var areInDoubt: Bool { !doubted.isEmpty && doubted.count + useless.count >= Self.enough }

  /// How many more may be paid for.
  func places(beside active: [Job.ID: Dispatcher.ActiveJob]) -> Int {
    guard !areInDoubt else { return 0 }
    guard let trial else { return .max }
    let isTrying = trial.job.flatMap { active[$0] }.map(\.isUndecided) ?? false
    return isTrying ? 0 : 1
  }
}

extension Dispatcher.ActiveJob {
  /// Whether it is paid for, and its result will tell something.
  fileprivate var isUndecided: Bool { job.state.name != .unknown && failures?.run.kind != .passing }
}

extension Dispatcher {
  /// The result of a job was paid for and is useless: enough of them in a row close the gate.
  mutating func noteUseless(_ id: Job.ID, _ problem: Problem, at now: Timestamp) {
    // If other audio was stored since this result was first looked at, only this one is bad.
    let wasDoubted = active[id]?.failures?.run.kind.isOfResult ?? false
    guard !wasDoubted || results.isInDoubt(id) else { return }
    guard let count = results.fail(problem) else { return }
    let useless = count == 1 ? "1 result was useless" : "\(count) results in a row were useless"
    let advice =
      "csm-enqueue resume tries one line; the gate opens once audio is stored, for example by "
      + "csm-enqueue retry --held"
    gates.close(.audio, reason: "\(useless): \(problem.message); \(advice)", at: now)
  }
}
