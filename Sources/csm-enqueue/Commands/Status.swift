import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue status`: everything at a glance.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show progress, cost, what holds up the work, and what to do next.",
    discussion: """
      The exit code is 2 when lines are HELD or UNKNOWN, 1 when some FAILED, 3 when a gate or a budget \
      keeps lines waiting, and 0 otherwise. With a batch, it also shows what the checks found in its \
      audio; above 10,000 lines, in a sample of it.

      Examples:
        csm-enqueue status night1
        watch -n 5 --color csm-enqueue status --color always
      """)

  @Argument(help: "Only this batch.", completion: .custom(Completions.batches))
  var batch: String?

  @OptionGroup var color: ColorOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let report = try StatusReport(workplace, batch: batch, hears: true)
    if json {
      try Console.print(json: report.json)
    } else {
      let ink = color.ink
      for sentence in report.sentences { Console.print(sentence: sentence, ink) }
    }
    if report.concern != .success { throw ExitCode(report.concern) }
  }
}
