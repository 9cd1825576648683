import CSMWorkplace
import Foundation

/// The socket that systemd opened for this program (sd_listen_fds(3)).
enum InheritedSocket {
  private static let first: Int32 = 3

  /// The file descriptor of the socket; nil if systemd opened none for this process.
  ///
  /// - Throws: `Failure` if other machines could reach it, or if there are several.
  static func find() throws -> Int32? {
    let environment = ProcessInfo.processInfo.environment
    guard environment["LISTEN_PID"] == String(getpid()), let count = environment["LISTEN_FDS"]
    else {
      return nil
    }
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    guard count == "1" else {
      throw Failure(
        "systemd passed \(count) sockets: csm-web.socket may have only one", .configuration)
    }
    _ = fcntl(first, F_SETFD, FD_CLOEXEC)
    guard isLocal(first) else {
      throw Failure(
        "other machines can reach csm-web.socket: use 127.0.0.1, [::1] or a path",
        .configuration)
    }
    return first
  }

  private static func isLocal(_ number: Int32) -> Bool {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &address) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        guard getsockname(number, general, &length) == 0 else { return false }
        switch Int32(general.pointee.sa_family) {
        case AF_UNIX: return true
        case AF_INET:
          return general.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
          }
        case AF_INET6:
          return general.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin6_addr) { bytes in
              bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            }
          }
        default: return false
        }
      }
    }
  }
}
