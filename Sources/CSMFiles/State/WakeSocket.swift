import CLinux
import Glibc
import Synchronization

/// The datagram socket by which a command tells the daemon that it has committed something.
///
/// The datagram says nothing but "look"; a lost one costs some seconds, since the daemon looks at the
/// database's version now and then by itself.
package final class WakeSocket: Sendable {
  private let number: Int32
  private let path: String
  private let isClosed = Mutex(false)

  /// Makes the socket at `path`, in place of one that a dead daemon left.
  ///
  /// The caller holds the daemon's lock. Members of the folder's group may send.
  ///
  /// - Parameter pace: how long `listen` waits at most before it comes round; nil for ever.
  package init(path: String, pace: Duration? = nil) throws(FileError) {
    let number = UnixAddress.datagramSocket()
    self.number = number
    self.path = path
    guard number >= 0 else { throw FileError("open a socket for", path) }
    do throws(FileError) {
      unlink(path)
      // The file that `bind` makes gets the mode of the socket: its name may be another's a moment later.
      guard fchmod(number, 0o660) == 0,
        try Self.lend(path, { bind(number, $0, $1) }) == 0
      else { throw FileError("bind a socket at", path) }
    } catch {
      Glibc.close(number)
      throw error
    }
    if let pace { limitWaiting(to: pace) }
  }

  /// Lends the address of a socket to a system call.
  ///
  /// An address holds 107 bytes of a path. That of a longer one goes by the number of its open folder, which
  /// the kernel follows like any other path.
  private static func lend<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) throws(FileError) -> Result {
    if let address = UnixAddress(path: path) { return address.lend(body) }
    let names = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = try Directory(opening: names.dropLast().joined(separator: "/"))
    let short = "/proc/self/fd/\(folder.number)/\(names.last ?? "")"
    guard let address = UnixAddress(path: short) else {
      throw FileError("name a socket at", path, code: ENAMETOOLONG)
    }
    return withExtendedLifetime(folder) { address.lend(body) }
  }

  private func limitWaiting(to pace: Duration) {
    let (seconds, attoseconds) = pace.components
    var limit = timeval(
      tv_sec: Int(seconds), tv_usec: max(1, Int(attoseconds / 1_000_000_000_000)))
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Waits for datagrams on the calling thread until the socket is closed.
  ///
  /// - Parameters:
  ///   - onTurn: called each time before it waits.
  ///   - onDatagram: called once for all that have come together.
  package func listen(onTurn: () -> Void, onDatagram: () -> Void) {
    pthread_setname_np(pthread_self(), "csmd-wake")
    var byte: UInt8 = 0
    while true {
      onTurn()
      let count = repeatingInterrupted { recv(number, &byte, 1, 0) }
      // Its pace has passed.
      if count < 0, errno == EAGAIN { continue }
      // A datagram may be empty, and then looks like the end that `close` makes.
      if count < 0 || isClosed.withLock({ $0 }) { return }
      drain()
      onDatagram()
    }
  }

  /// Takes what has come together with the first one, as long as that is not without end.
  private func drain() {
    var byte: UInt8 = 0
    for _ in 0..<1000 where recv(number, &byte, 1, Int32(MSG_DONTWAIT)) < 0 { return }
  }

  /// Ends all waiting and removes the socket.
  package func close() {
    isClosed.withLock { $0 = true }
    shutdown(number, Int32(SHUT_RDWR))
    unlink(path)
  }

  deinit {
    Glibc.close(number)
  }

  /// Wakes the daemon whose socket is at `path`; where none listens, nothing happens.
  package static func wake(path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    let number = UnixAddress.datagramSocket()
    guard number >= 0 else { return }
    defer { Glibc.close(number) }
    let byte: [UInt8] = [1]
    _ = try? lend(path) { sendto(number, byte, 1, Int32(MSG_DONTWAIT), $0, $1) }
  }
}
