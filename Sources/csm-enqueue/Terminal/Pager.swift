import Foundation

/// Shows long output in the user's pager, as git does.
enum Pager {
  private static let usual = "less"

  /// Prints lines, through the pager if the terminal has too few rows for them.
  static func print(_ lines: [String]) {
    guard Console.isTerminal, lines.count >= Console.height, let command, let pager = start(command)
    else { return lines.forEach(Console.print) }
    // Ctrl-C is for the pager, and leaving it early is not an error.
    let (interrupt, pipe) = (signal(SIGINT, SIG_IGN), signal(SIGPIPE, SIG_IGN))
    for line in lines {
      guard fputs(line + "\n", pager) >= 0 else { break }
    }
    pclose(pager)
    signal(SIGINT, interrupt)
    signal(SIGPIPE, pipe)
  }

  /// The pager's command; nil if none is wanted or installed.
  private static var command: String? {
    let environment = ProcessInfo.processInfo.environment
    guard environment["TERM"] != "dumb" else { return nil }
    if let command = environment["PAGER"] { return ["", "cat"].contains(command) ? nil : command }
    let folders = environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { access("\($0)/\(usual)", X_OK) == 0 } ? usual : nil
  }

  private static func start(_ command: String) -> UnsafeMutablePointer<FILE>? {
    // The same as git: colours, and no paging if everything fits.
    setenv("LESS", "FRX", 0)
    return popen(command, "w")
  }
}
