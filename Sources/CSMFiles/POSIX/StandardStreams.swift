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

  /// The size of the terminal that a stream is; nil if it is none.
  package static func size(of stream: Int32) -> winsize? {
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return size
  }

  /// Writes to standard error if it takes some bytes without blocking; returns false if it does not.
  package static func tryWriteError(_ bytes: [UInt8]) -> Bool {
    var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return false }
    return write(STDERR_FILENO, bytes, bytes.count) >= 0
  }
}
