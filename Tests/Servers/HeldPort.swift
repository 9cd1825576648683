import Glibc

/// A port of this machine that is kept free: nobody listens there, so connections are refused, and no other
/// test gets it by chance.
///
/// A program that sets SO_REUSEADDR, as most servers do, can listen on it meanwhile.
package final class HeldPort: Sendable {
  package let number: Int
  private let socket: Int32

  /// - Parameter number: 0 for any.
  package init(_ number: UInt16 = 0) throws {
    socket = newSocket()
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    do {
      self.number = try bindToLoopback(socket, port: number)
    } catch {
      close(socket)
      throw error
    }
  }

  deinit { close(socket) }
}
