import Glibc

/// The signals that stop a process, such as the terminal's ^Z.
enum StopSignals {
  /// Blocks them while `body` runs, so that no process stops while it holds a lock that others wait for.
  ///
  /// Applies to the calling thread; in programs that people stop, no other thread accepts these signals.
  static func blocked<Result>(_ body: () throws -> Result) rethrows -> Result {
    var (stops, before) = (sigset_t(), sigset_t())
    sigemptyset(&stops)
    sigaddset(&stops, SIGTSTP)
    // Raised by writing from the background.
    sigaddset(&stops, SIGTTOU)
    pthread_sigmask(SIG_BLOCK, &stops, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
