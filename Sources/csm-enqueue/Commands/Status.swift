import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue status`: the whole at a glance.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how far the work is, what it costs, and what holds it up.",
    discussion: """
      Exit code 2 when lines are held or unknown, 1 when some failed, 3 when a gate or a budget keeps lines \
      waiting, else 0.
      """)

  @Argument(help: "Only this batch.")
  var batch: String?

  @Flag(help: "As JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let report = try StatusReport(workplace, batch: batch)
    if json {
      try Console.print(json: report.json)
    } else {
      for sentence in report.sentences { Console.print(Printable.line(sentence)) }
    }
    if report.concern != .success { throw ExitCode(report.concern) }
  }
}
