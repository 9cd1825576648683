import CLinux
import Glibc
import Synchronization

/// A datagram socket through which commands tell the daemon that they committed something.
///
/// Datagrams have no content. A lost one only costs some seconds, since the daemon also polls the database's
/// version.
package final class WakeSocket: Sendable {
  private let number: Int32
  private let path: String
  private let isClosed = Mutex(false)

  /// Creates the socket at `path`, replacing one left by a dead daemon.
  ///
  /// The caller holds the daemon's lock. Members of the folder's group may send.
  ///
  /// - Parameter pace: the longest time between calls of `onRound`; nil for no limit.
  package init(path: String, pace: Duration? = nil) throws(FileError) {
    let number = UnixAddress.datagramSocket()
    self.number = number
    self.path = path
    guard number >= 0 else { throw FileError("open a socket for", path) }
    do throws(FileError) {
      unlink(path)
      // `bind` creates the file with the socket's mode; a chmod by name could hit another file.
      guard fchmod(number, 0o660) == 0,
        try Self.lend(path, { bind(number, $0, $1) }) == 0
      else { throw FileError("bind a socket at", path) }
    } catch {
      Glibc.close(number)
      throw error
    }
    if let pace { limitWaiting(to: pace) }
  }

  /// Calls `body` with the address of the socket at `path`.
  ///
  /// An address has room for 107 bytes. A longer path is replaced by one through `/proc/self/fd`.
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

  /// Waits for datagrams on the calling thread until `close` is called.
  ///
  /// - Parameters:
  ///   - onRound: called before each wait.
  ///   - onDatagram: called once for all pending datagrams.
  package func listen(onRound: () -> Void, onDatagram: () -> Void) {
    pthread_setname_np(pthread_self(), "csmd-wake")
    var byte: UInt8 = 0
    while true {
      onRound()
      let count = repeatingInterrupted { recv(number, &byte, 1, 0) }
      // The time limit has passed.
      if count < 0, errno == EAGAIN { continue }
      // An empty datagram returns 0 too, like a closed socket.
      if count < 0 || isClosed.withLock({ $0 }) { return }
      drain()
      onDatagram()
    }
  }

  /// Discards pending datagrams, up to a limit in case they never cease.
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

  /// Wakes the daemon whose socket is at `path`; does nothing if none listens.
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
