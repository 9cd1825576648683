import Glibc

/// Standard input, output and error.
package enum StandardStreams {
  /// Opens `/dev/null` for each stream that is closed; call this first.
  ///
  /// Otherwise the next file opened would get the number of a closed stream, and messages for standard error
  /// would be written into it, even if it is the database.
  package static func fill() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // `open` uses the lowest free number, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
