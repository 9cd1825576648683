import CSMLocalFal
import Foundation

/// Shows how far the work is: one line that is redrawn on a terminal, a line now and then elsewhere.
struct ProgressLine {
  private let total: Int
  private let start = Date()
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var lastShown = Date.distantPast

  /// For so many lines of text.
  init(total: Int) {
    self.total = total
  }

  /// Shows `statistics`, unless it is too soon for another line.
  mutating func show(_ statistics: Statistics, now: Date = Date()) {
    guard isTerminal || now.timeIntervalSince(lastShown) >= 3 else { return }
    lastShown = now
    let text = describe(statistics, now)
    write(isTerminal ? "\r\u{1B}[K" + text : text + "\n")
  }

  /// Shows the last state and goes on to the next line.
  mutating func finish(_ statistics: Statistics) {
    lastShown = .distantPast
    show(statistics)
    if isTerminal { write("\n") }
  }

  private func describe(_ statistics: Statistics, _ now: Date) -> String {
    let loaded = min(statistics.calls["download"] ?? 0, total)
    let width = 24
    let filled = total == 0 ? width : width * loaded / total
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    let seconds = Int(now.timeIntervalSince(start))
    return "[\(bar)] \(loaded) of \(total) lines fetched, \(statistics.inProgress) running, "
      + "\(statistics.queued) waiting, \(seconds) s"
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
