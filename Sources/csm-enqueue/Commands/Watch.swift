import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue watch`: shows progress as it happens.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the progress until every line has ended.",
    discussion: """
      On a terminal, one line is redrawn each second; elsewhere, a line is printed each minute. The \
      percentage is the share of lines with audio, not counting cancelled ones. The exit codes are \
      those of wait.

      Example:
        csm-enqueue watch night1 && notify-send 'night1 is done'
      """)

  @Argument(help: "Only this batch.", completion: .custom(Completions.batches))
  var batch: String?

  @OptionGroup var color: ColorOptions

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    var attendance = Attendance()
    let ink = color.ink
    while true {
      let report = try StatusReport(workplace, batch: batch, explains: false)
      if let warning = attendance.warning(report) {
        // Clears the line that is drawn, which is drawn again below.
        if Console.isTerminal { Console.show("\r\u{1B}[K") }
        Console.note(warning)
      }
      draw(report, ink)
      if let end = report.end {
        if Console.isTerminal { Console.show("\n") }
        if end != .success { throw ExitCode(end) }
        return
      }
      sleep(Console.isTerminal ? 1 : 60)
    }
  }

  private func draw(_ report: StatusReport, _ ink: Ink) {
    guard Console.isTerminal else { return Console.show(ink.sentence(report.progress) + "\n") }
    // Returns to the start of the line, draws, and clears what is left of the former text.
    let line = ink.sentence(report.progress(width: Console.width))
    Console.show("\r\(line)\u{1B}[K")
  }
}
