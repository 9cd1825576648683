/// What came of the results of late: whether it is worth while to pay for more of them.
package struct Yield: Sendable {
  /// So many results in a row, all without audio that can be used, say that the next will be the same.
  package static let enough = 5

  /// A person opened the gate, and one job is to try.
  private struct Trial: Sendable {
    /// The one that tries.
    var job: Job.ID?
  }

  private var trial: Trial?
  /// Jobs whose results were looked at in vain, and are looked at again, since audio was last stored.
  private var doubted: Set<Job.ID> = []
  /// Why the last results came to nothing, and how many for that reason since audio was last stored.
  private var useless = (kind: "", count: 0)

  mutating func stored() {
    trial = nil
    doubted = []
    useless = ("", 0)
  }

  mutating func claimed(_ id: Job.ID) { trial?.job = id }

  /// The result of a job was looked at in vain for the first time.
  mutating func doubt(_ id: Job.ID) { doubted.insert(id) }

  func isInDoubt(_ id: Job.ID) -> Bool { doubted.contains(id) }

  /// It is not in doubt any more, whatever came of it.
  mutating func end(_ id: Job.ID) { doubted.remove(id) }

  /// A result that was paid for came to nothing; says how many did for this reason, where that is enough.
  mutating func fail(_ problem: Problem) -> Int? {
    useless = (problem.kind, useless.kind == problem.kind ? useless.count + 1 : 1)
    return trial != nil || useless.count >= Self.enough ? useless.count : nil
  }

  mutating func beginTrial() { trial = Trial() }

  /// So many results are looked at again, in vain so far, that nothing more is paid for.
  var isInDoubt: Bool { !doubted.isEmpty && doubted.count + useless.count >= Self.enough }

  /// How many more may be paid for.
  func places(beside active: [Job.ID: Dispatcher.ActiveJob]) -> Int {
    guard !isInDoubt else { return 0 }
    guard let trial else { return .max }
    let isTrying = trial.job.flatMap { active[$0] }.map(\.isUndecided) ?? false
    return isTrying ? 0 : 1
  }
}

extension Dispatcher.ActiveJob {
  /// It is paid for, and what comes of it will tell something.
  fileprivate var isUndecided: Bool { job.state.name != .unknown && strikes?.kind != .passing }
}

extension Dispatcher {
  /// The result of a job comes to nothing, although it was paid for: enough of them in a row close the gate.
  mutating func noteUseless(_ id: Job.ID, _ problem: Problem, at now: Timestamp) {
    // Where audio was stored since it was first looked at, it is bad by itself.
    let wasDoubted = active[id]?.strikes?.kind.isOfResult ?? false
    guard !wasDoubted || yield.isInDoubt(id) else { return }
    guard let count = yield.fail(problem) else { return }
    let results = count == 1 ? "1 result" : "\(count) results"
    let advice =
      "csm-enqueue resume lets one line try, and audio that is stored opens it, such as by "
      + "csm-enqueue retry --held"
    gates.close(
      .audio, reason: "\(results) in a row came to nothing: \(problem.message); \(advice)",
      at: now)
  }
}
