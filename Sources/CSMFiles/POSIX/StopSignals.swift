import Glibc

/// What a terminal's ^Z does to a process.
enum StopSignals {
  /// Puts it off until `body` is over, so that no process stands still with a lock that others wait for.
  ///
  /// For the calling thread: the programs that a person stops have no other that takes the signals.
  static func putOff<Result>(_ body: () throws -> Result) rethrows -> Result {
    var (stops, before) = (sigset_t(), sigset_t())
    sigemptyset(&stops)
    sigaddset(&stops, SIGTSTP)
    // And what comes of writing from the background.
    sigaddset(&stops, SIGTTOU)
    pthread_sigmask(SIG_BLOCK, &stops, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }
}
