import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue wait`: returns when every line has ended.
struct Wait: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait until every line has ended.",
    discussion: """
      The exit code is 0 when all lines are STORED or CANCELLED, 1 when some FAILED, 2 when some are HELD, \
      3 when the rest waits for a person or the clock, and 124 when --timeout has passed.

      Lines whose audio csmd is still judging have not ended: they may be spoken again.

      Example, to get mail when it is over:
        csm-enqueue wait night1; mail -s "night1: exit code $?" you@example.org < /dev/null
      """)

  @Argument(help: "Only this batch.", completion: .custom(Completions.batches))
  var batch: String?

  @Option(help: "Give up after this time, such as 30s, 10m or 8h.")
  var timeout: TimeLimit?

  /// Microseconds between two looks at the table.
  private static let gap: useconds_t = 500_000

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let deadline = timeout.map { Workplace.now() + $0.duration }
    var attendance = Attendance()
    while true {
      let report = try StatusReport(workplace, batch: batch, explains: false)
      if let warning = attendance.warning(report) { Console.note(warning) }
      if let end = report.end {
        let heard = try StatusReport(workplace, batch: batch, hears: true)
        if end == .gated { heard.obstacles.forEach(Console.note) }
        heard.heardSentences.forEach(Console.note)
        if end != .success { throw ExitCode(end) }
        return
      }
      if let deadline, Workplace.now() >= deadline {
        Console.note(try rest(report, workplace))
        throw ExitCode(ExitStatus.timedOut)
      }
      usleep(Self.gap)
    }
  }

  private static let namesMax = 3

  /// What has not ended.
  private func rest(_ report: StatusReport, _ workplace: Workplace) throws -> String {
    let former = report.standing.formerOpen
    guard report.open == 0, former > 0 else {
      return report.open == 0 && report.isJudging
        ? "the audio is still being judged"
        : "\(Figures.count(report.open, "line")) not ended yet"
    }
    var selection = Selection()
    selection.batch = batch
    selection.age = .former
    selection.states = Set(JobState.Name.allCases.filter { !$0.isEnded })
    var names: [String] = []
    try workplace.reading { table in
      _ = try table.lines(selection, in: .added, limit: Self.namesMax) {
        names.append("\($0.name) take \($0.take)")
      }
    }
    return Printable.line(
      "\(Figures.count(former, "job")) of earlier words and other takes not ended yet: "
        + names.joined(separator: ", ") + (former > names.count ? ", …" : ""))
  }
}

/// A duration on the command line: `500ms`, `30s`, `10m`, `8h`, `14d`.
struct TimeLimit: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    guard let duration = Duration(setting: argument) else { return nil }
    self.duration = duration
  }
}
