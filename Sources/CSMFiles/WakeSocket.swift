import Glibc

/// The datagram socket by which a command tells the daemon that it has committed something.
///
/// The datagram says nothing but "look"; a lost one costs a second, since the daemon looks at the
/// database's version that often by itself.
package final class WakeSocket: Sendable {
  private let number: Int32
  private let path: String

  /// Makes the socket at `path`, in place of one that a dead daemon left.
  ///
  /// The caller holds the daemon's lock. Members of the folder's group may send.
  package init(path: String) throws(FileError) {
    guard let address = UnixAddress(path: path) else {
      throw FileError("bind a socket at", path, code: ENAMETOOLONG)
    }
    number = UnixAddress.datagramSocket()
    self.path = path
    guard number >= 0 else { throw FileError("open a socket for", path) }
    unlink(path)
    guard address.lend({ bind(number, $0, $1) }) == 0, chmod(path, 0o660) == 0 else {
      let error = FileError("bind a socket at", path)
      Glibc.close(number)
      throw error
    }
  }

  /// Waits for a datagram, and takes those that have come with it.
  ///
  /// - Returns: false when the socket is closed.
  package func wait() -> Bool {
    var byte: UInt8 = 0
    while true {
      let count = recv(number, &byte, 1, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      while recv(number, &byte, 1, Int32(MSG_DONTWAIT)) > 0 {}
      return true
    }
  }

  /// Ends all waiting and removes the socket.
  package func close() {
    shutdown(number, Int32(SHUT_RDWR))
    unlink(path)
  }

  deinit {
    Glibc.close(number)
  }

  /// Wakes the daemon whose socket is at `path`; where none listens, nothing happens.
  package static func wake(path: String) {
    guard let address = UnixAddress(path: path) else { return }
    let number = UnixAddress.datagramSocket()
    guard number >= 0 else { return }
    defer { Glibc.close(number) }
    let byte: [UInt8] = [1]
    _ = address.lend { sendto(number, byte, 1, Int32(MSG_DONTWAIT), $0, $1) }
  }
}
