import CCurl
import Glibc

extension CurlTransport {
  /// The sockets of one lane's connections: used on its thread only.
  ///
  /// libcurl 7.88 takes a TLS connection that the server has ended for one that lives, since the server's
  /// farewell (close_notify) can be read from it. A POST on such a connection comes to nothing, and who
  /// could tell it from one that was read? So it is looked at here, right before something is sent.
  final class Sockets {
    private var open: Set<curl_socket_t> = []

    /// Makes a socket.
    func make(_ family: Int32, _ type: Int32, _ proto: Int32) -> curl_socket_t {
      let socket = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), proto)
      if socket >= 0 { open.insert(socket) }
      return socket
    }

    func close(_ socket: curl_socket_t) -> Int32 {
      open.remove(socket)
      return Glibc.close(socket)
    }

    /// Whether there is something to be read on the connection from `port` of ours: its end, or bytes
    /// that nobody has asked for.
    func isSpent(port: Int) -> Bool {
      guard let socket = open.first(where: { Self.port(of: $0) == port }) else { return false }
      var look = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      return poll(&look, 1, 0) != 0
    }

    private static func port(of socket: curl_socket_t) -> Int? {
      var address = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          guard getsockname(socket, address, &length) == 0 else { return nil }
          // Both families of the internet have the port at the same place.
          return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            Int(UInt16(bigEndian: $0.pointee.sin_port))
          }
        }
      }
    }
  }
}
