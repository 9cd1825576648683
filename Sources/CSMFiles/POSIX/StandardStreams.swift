import Glibc

/// Standard input, output and error.
package enum StandardStreams {
  /// Opens `/dev/null` for those that are closed.
  ///
  /// The next file to be opened would get the number of a closed one, and what is written to standard
  /// error would end up in it, be it the database or somebody's audio. To be called first.
  package static func fill() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // The lowest free number, and so this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
