import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue watch`: the progress while it goes on.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the progress until every line has ended.",
    discussion: """
      On a terminal one line is drawn anew each second; elsewhere a line is printed each minute. \
      The exit codes are those of wait.
      """)

  @Argument(help: "Only this batch.")
  var batch: String?

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    var attendance = Attendance()
    while true {
      let report = try StatusReport(workplace, batch: batch)
      if let warning = attendance.warning(report) {
        // In place of what is drawn, which is drawn anew below.
        if Console.isTerminal { Console.show("\r\u{1B}[K") }
        Console.note(warning)
      }
      draw(report)
      if let end = report.end {
        if Console.isTerminal { Console.show("\n") }
        if end != .success { throw ExitCode(end) }
        return
      }
      sleep(Console.isTerminal ? 1 : 60)
    }
  }

  private func draw(_ report: StatusReport) {
    let ended = report.total - report.open
    let share = report.total == 0 ? 1 : Double(ended) / Double(report.total)
    var parts = [
      "\(Int(share * 100)) %", "\(Figures.count(ended))/\(Figures.count(report.total))",
    ]
    if let perMinute = report.perMinute { parts.append(String(format: "%.1f/min", perMinute)) }
    if let remaining = report.remaining { parts.append("\(Figures.duration(remaining)) left") }
    parts.append(
      "\(Figures.money(report.standing.cost)) of \(Figures.money(report.projected))")
    for state in [JobState.Name.failed, .held, .unknown] where report.count(state) > 0 {
      parts.append("\(Figures.count(report.count(state))) \(state.rawValue)")
    }
    parts += report.standing.gates.map { "\($0.name.rawValue): \($0.reason)" }
    parts += report.standing.budgets.filter(\.isExhausted).map { "budget: \($0.reason)" }
    let figures = Printable.line(parts.joined(separator: "  "))
    guard Console.isTerminal else { return Console.show("\(figures)\n") }
    let cells = 24
    let full = Int(share * Double(cells))
    let bar =
      String(repeating: "#", count: full) + String(repeating: "-", count: cells - full)
    // Back to the line's begin, and what stood there before is cleared.
    let room = max(1, Console.width - cells - 4)
    Console.show("\r[\(bar)] \(TextWidth.cut(figures, to: room))\u{1B}[K")
  }
}
