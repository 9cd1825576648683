import Foundation

/// Shows what does not fit the screen in the user's pager, as git does.
enum Pager {
  private static let usual = "less"

  /// Prints lines, through the pager where a terminal has too few rows for them.
  static func print(_ lines: [String]) {
    guard Console.isTerminal, lines.count >= Console.height, let command, let pager = start(command)
    else { return lines.forEach(Console.print) }
    // Ctrl-C is the pager's, and whoever leaves it early has seen enough.
    let (interrupt, pipe) = (signal(SIGINT, SIG_IGN), signal(SIGPIPE, SIG_IGN))
    for line in lines {
      guard fputs(line + "\n", pager) >= 0 else { break }
    }
    pclose(pager)
    signal(SIGINT, interrupt)
    signal(SIGPIPE, pipe)
  }

  /// Nil where none is wanted, or none is installed.
  private static var command: String? {
    let environment = ProcessInfo.processInfo.environment
    guard environment["TERM"] != "dumb" else { return nil }
    if let command = environment["PAGER"] { return ["", "cat"].contains(command) ? nil : command }
    let folders = environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { access("\($0)/\(usual)", X_OK) == 0 } ? usual : nil
  }

  private static func start(_ command: String) -> UnsafeMutablePointer<FILE>? {
    // Colours, and no pager where all fits after all, as git asks of it.
    setenv("LESS", "FRX", 0)
    return popen(command, "w")
  }
}
