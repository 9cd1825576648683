import ArgumentParser
import CSMCore
import CSMSQLite
import Foundation

/// `csm-enqueue wait`: returns when the work is over.
struct Wait: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait until every line has ended.",
    discussion: """
      Exit code 0 when all lines are stored or cancelled, 1 when some failed, 2 when some are held, \
      3 when the rest waits for a person or the clock, 124 when --timeout passed.
      """)

  @Argument(help: "Only this batch.")
  var batch: String?

  @Option(help: "Give up after so long, such as 30s, 10m or 8h.")
  var timeout: Patience?

  /// Between two looks.
  private static let gap: useconds_t = 500_000

  func run() throws {
    let workplace = try Workplace()
    let end = timeout.map { Workplace.now() + $0.duration }
    var attendance = Attendance()
    while true {
      let report = try StatusReport(workplace, batch: batch)
      if let warning = attendance.warning(report) { Console.note(warning) }
      if let code = report.exitCode {
        if code != 0 { throw ExitCode(code) }
        return
      }
      if let end, Workplace.now() >= end {
        Console.note("\(Figures.count(report.open, "line")) not ended yet")
        throw ExitCode(124)
      }
      usleep(Self.gap)
    }
  }
}

extension StatusReport {
  /// The exit code once nothing goes on by itself any more, by the rule by which csmd leaves when it is
  /// idle; nil until then.
  var exitCode: Int32? {
    // What is at fal, or being stored, goes on behind every gate.
    guard standing.out == 0 else { return nil }
    let waiting = standing.waiting
    if waiting.due > 0 {
      return standing.gates.contains { $0.name.waitsForPersonOrClock } ? 3 : nil
    }
    if waiting.forBudget > 0 { return 3 }
    // What waits for turns when nothing else is open, waits for lines that are held.
    if count(.held) > 0 || waiting.forTurns > 0 { return 2 }
    return count(.failed) > 0 ? 1 : 0
  }
}

/// Whether csmd works while somebody looks on.
struct Attendance {
  private var isAttended = true

  /// What to say once it is seen that nothing goes on for want of csmd; nil where there is nothing new.
  mutating func warning(_ report: StatusReport) -> String? {
    defer { isAttended = report.isRunning }
    guard isAttended, !report.isRunning, report.exitCode == nil else { return nil }
    return "csmd does not run here: nothing changes until it does"
  }
}

/// A duration on the command line: `500ms`, `30s`, `10m`, `8h`, `14d`.
struct Patience: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    guard let duration = Duration(setting: argument) else { return nil }
    self.duration = duration
  }
}
