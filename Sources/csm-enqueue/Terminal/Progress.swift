import Foundation

/// How far long work has come, on one line of a terminal that is drawn anew; silent elsewhere.
enum Progress {
  private static let isTerminal = isatty(STDERR_FILENO) == 1

  static func show(_ what: String, done: Int, of total: Int) {
    guard isTerminal else { return }
    let share = total == 0 ? 100 : done * 100 / total
    Console.say("\r\(what): \(share) % \u{1B}[K")
  }

  /// Takes the line away.
  static func clear() {
    guard isTerminal else { return }
    Console.say("\r\u{1B}[K")
  }
}
