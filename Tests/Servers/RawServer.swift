import Foundation
import Glibc
import Synchronization

/// A server on a loopback socket that speaks HTTP/1.1 only as far as its script does, so that it
/// can break off, reset, stall or babble at any byte.
package final class RawServer: Sendable {
  /// One accepted connection; closed when the script returns.
  package struct Peer: Sendable {
    let socket: Int32
    /// 0 for the first connection accepted, and so on.
    package let number: Int
    fileprivate let record: @Sendable (String) -> Void

    /// Reads one request whose body has a Content-Length; nil at the end of the connection.
    ///
    /// What came of a request that breaks off counts as a request too.
    package func readRequest() -> String? {
      var bytes: [UInt8] = []
      while true {
        let text = String(decoding: bytes, as: UTF8.self)
        if let end = text.range(of: "\r\n\r\n") {
          let length = text.firstMatch(of: /(?i)content-length: *(\d+)/).flatMap { Int($0.1) } ?? 0
          if text[end.upperBound...].utf8.count >= length {
            record(text)
            return text
          }
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else {
          if !bytes.isEmpty { record(text) }
          return nil
        }
        bytes += buffer[..<count]
      }
    }

    /// Writes `text` whole; false when the other side is gone.
    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Writes `bytes` whole; false when the other side is gone.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
      var offset = 0
      while offset < bytes.count {
        let count = bytes[offset...].withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }

    /// Answers 200 with `body`, and keeps the connection.
    package func answer(_ body: String, status: String = "200 OK", headers: String = "") {
      write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Makes the close at the script's end a reset.
    package func resetOnClose() {
      var value = linger(l_onoff: 1, l_linger: 0)
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads what comes and forgets it; false at the end of the connection.
    package func swallow() -> Bool {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      return recv(socket, &buffer, buffer.count, 0) > 0
    }

    /// Waits until the other side closes or sends more.
    package func waitForPeer() {
      var byte: UInt8 = 0
      recv(socket, &byte, 1, Int32(MSG_PEEK))
    }

    /// Passes bytes on to a port of this machine and back, until one side ends.
    package func tunnel(toPort port: Int) {
      let other = newSocket()
      defer { close(other) }
      var address = loopback(port: UInt16(port))
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(other, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard code == 0 else { return }
      var ends = [socket, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while poll(&ends, 2, -1) > 0 {
        for (from, to) in [(0, 1), (1, 0)] where ends[from].revents != 0 {
          let count = recv(ends[from].fd, &buffer, buffer.count, 0)
          guard count > 0, Glibc.send(ends[to].fd, buffer, count, Int32(MSG_NOSIGNAL)) == count
          else { return }
        }
      }
    }

    /// Lets time pass on this connection.
    package func pause(milliseconds: UInt32) {
      usleep(milliseconds * 1000)
    }
  }

  package let port: Int
  /// The listening socket until `stop`; after that its number may belong to another.
  private let listener: Mutex<Int32?>
  private let seen = Mutex<[String]>([])
  private let accepted = Mutex(0)
  private let scripts = DispatchGroup()
  private let arrivals = AsyncStream.makeStream(of: Void.self)

  /// Serves every connection on a thread of its own by `script`.
  package init(_ script: @escaping @Sendable (Peer) -> Void) throws {
    let socket = newSocket()
    port = try bindToLoopback(socket, port: 0)
    // `acceptAll` waits with poll(2), and must not wait in accept(2).
    guard fcntl(socket, F_SETFL, O_NONBLOCK) == 0, listen(socket, SOMAXCONN) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    listener = Mutex(socket)
    scripts.enter()
    Thread { [self] in
      acceptAll(from: socket, script)
      scripts.leave()
    }.start()
  }

  /// The requests read so far, heads and bodies.
  package var requests: [String] { seen.withLock { $0 } }

  /// The connections accepted so far.
  package var connections: Int { accepted.withLock { $0 } }

  /// `path` on this server.
  package func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// Waits for the next request; for one waiter only.
  package func nextRequest() async {
    for await _ in arrivals.stream { return }
  }

  /// Accepts no more connections; may be called twice.
  package func stop() {
    guard let socket = listener.withLock({ $0.take() }) else { return }
    shutdown(socket, Int32(SHUT_RDWR))
  }

  /// Waits until every script has come to its end; the clients must have closed.
  package func finish() async {
    await withCheckedContinuation { continuation in
      scripts.notify(queue: .global()) { continuation.resume() }
    }
  }

  /// Held while a program is started and while a connection is accepted, so that the program does not
  /// inherit the connection and keep it open.
  package static let inheritance = Mutex(())

  private func acceptAll(from socket: Int32, _ script: @escaping @Sendable (Peer) -> Void) {
    defer { close(socket) }
    while true {
      var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      _ = poll(&ready, 1, -1)
      let (connection, error) = Self.inheritance.withLock { _ in
        let connection = accept(socket, nil, nil)
        let error = errno
        if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
        return (connection, error)
      }
      // The client may be gone again already.
      if connection < 0, [EAGAIN, EINTR, ECONNABORTED].contains(error) { continue }
      guard connection >= 0 else { return }
      let number = accepted.withLock { count in
        defer { count += 1 }
        return count
      }
      let peer = Peer(socket: connection, number: number) { [self] request in
        seen.withLock { $0.append(request) }
        arrivals.continuation.yield()
      }
      scripts.enter()
      Thread { [scripts] in
        script(peer)
        close(peer.socket)
        scripts.leave()
      }.start()
    }
  }
}

func newSocket() -> Int32 {
  socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
}

/// Gives a socket a port of this machine, any for 0; returns the port.
func bindToLoopback(_ socket: Int32, port: UInt16) throws -> Int {
  var address = loopback(port: port)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
    }
  }
  guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  return Int(UInt16(bigEndian: address.sin_port))
}

private func loopback(port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}
