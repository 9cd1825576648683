import CSMCore
import CSMSQLite
import CSMWorkplace

extension StatusReport {
  /// How it ended, once nothing goes on by itself any more, by the rule by which csmd leaves when it is
  /// idle; nil until then.
  package var end: ExitStatus? {
    // What is at fal, or being stored, goes on behind every gate.
    guard standing.out == 0 else { return nil }
    let waiting = standing.waiting
    if waiting.due > 0 {
      return standing.gates.contains { $0.name.waitsForPersonOrClock } ? .gated : nil
    }
    if waiting.forBudget > 0 { return .gated }
    // What waits for turns when nothing else is open, waits for lines that are held.
    if count(.held) > 0 || waiting.forTurns > 0 { return .undecided }
    return count(.failed) > 0 ? .incomplete : .success
  }
}

/// Whether csmd works while somebody looks on.
package struct Attendance {
  private var isAttended = true

  package init() {}

  /// What to say once it is seen that nothing goes on for want of csmd; nil where there is nothing new.
  package mutating func warning(_ report: StatusReport) -> String? {
    defer { isAttended = report.isRunning }
    guard isAttended, !report.isRunning, report.end == nil else { return nil }
    return "csmd is not running here: nothing changes until it is"
  }
}
