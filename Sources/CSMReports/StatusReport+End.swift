import CSMCore
import CSMSQLite
import CSMWorkplace

extension StatusReport {
  /// How the work ended, once nothing goes on by itself; nil until then.
  package var end: ExitStatus? { isJudging ? nil : standing.end }

  /// Whether csmd judges audio, of which it may yet add takes.
  package var isJudging: Bool { isRunning && standing.isUnheard }
}

extension JobTable.Standing {
  /// How the work ended, once nothing goes on by itself; nil until then.
  ///
  /// csmd exits when idle by the same rule.
  package var end: ExitStatus? {
    // What is at fal or being stored goes on, whatever gate is closed.
    guard out == 0 else { return nil }
    if waiting.due > 0 {
      return gates.contains { $0.name.waitsForPersonOrClock } ? .gated : nil
    }
    if waiting.forBudget > 0 { return .gated }
    // If nothing else is open, lines that wait for turns wait for held lines.
    if lines[.held, default: 0] > 0 || waiting.forTurns > 0 { return .undecided }
    return lines[.failed, default: 0] > 0 ? .incomplete : .success
  }
}

/// Tracks whether csmd runs while a command watches it.
package struct Attendance {
  private var isAttended = true

  package init() {}

  /// A warning, once, when the work stops because csmd is not running; nil if there is nothing new.
  package mutating func warning(_ report: StatusReport) -> String? {
    defer { isAttended = report.isRunning }
    guard isAttended, !report.isRunning, report.end == nil else { return nil }
    return "csmd is not running here: nothing changes until it is"
  }
}
