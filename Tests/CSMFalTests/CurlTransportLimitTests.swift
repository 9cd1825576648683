import CSMFal
import Servers
import Testing

@Suite("The limits of a request", .timeLimit(.minutes(10)))
struct CurlTransportLimitTests {
  let transport = CurlTransport()

  @Test("the deadline ends an unanswered request, which may have been received")
  func deadline() async throws {
    let server = try RawServer { peer in
      _ = peer.readRequest()
      peer.waitForPeer()
    }
    defer { server.stop() }
    // Time enough to connect and send, on any machine.
    try await check(
      HTTPRequest(.post, server.url(), body: [1], deadline: .seconds(3)),
      fails: .timeout, sent: true)
    transport.shutdown()  // closes all connections, so that the server has seen everything
    server.stop()
    await server.finish()
    #expect(server.requests.count == 1)
  }

  @Test("the connect deadline ends an unanswered handshake, so nothing was sent")
  func connectDeadline() async throws {
    let server = try RawServer { peer in
      var isOpen = true
      while isOpen { isOpen = peer.swallow() }
    }
    defer { server.stop() }
    let url = "https://localhost:\(server.port)/"
    var request = HTTPRequest(.post, url)
    request.connectDeadline = .milliseconds(200)
    try await check(request, fails: .timeout, sent: false)
    try await check(
      HTTPRequest(.post, url, deadline: .milliseconds(200)), fails: .timeout, sent: false)
  }

  @Test("the stall deadline ends a body that stops coming")
  func stallDeadline() async throws {
    let server = try RawServer { peer in
      _ = peer.readRequest()
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
      peer.waitForPeer()
    }
    defer { server.stop() }
    try await check(
      HTTPRequest(.get, server.url(), stallDeadline: .seconds(3)),
      fails: .stalled, sent: true, status: 200)
  }

  @Test("an endless body is cut at the limit")
  func endlessBody() async throws {
    let server = try RawServer { peer in
      _ = peer.readRequest()
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
      while peer.write(chunk) {}
    }
    defer { server.stop() }
    try await check(
      HTTPRequest(.get, server.url(), bytesMax: 1_000_000), fails: .tooLarge, sent: true,
      status: 200)
    let sink = CollectingSink()
    try await check(
      HTTPRequest(.get, server.url(), bytesMax: 100_000, sink: sink), fails: .tooLarge, sent: true,
      status: 200)
    #expect(sink.bytes.count <= 100_000)
  }

  @Test("a body of exactly the limit is accepted")
  func exactBody() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("12345") }
    }
    defer { server.stop() }
    let request = HTTPRequest(.get, server.url(), bytesMax: 5)
    #expect(try await transport.send(request).get().body.count == 5)
    try await check(
      HTTPRequest(.get, server.url(), bytesMax: 4), fails: .tooLarge, sent: true, status: 200)
  }

  @Test("endless headers are cut")
  func endlessHead() async throws {
    let server = try RawServer { peer in
      _ = peer.readRequest()
      peer.write("HTTP/1.1 200 OK\r\n")
      while peer.write("X-More: and more and more\r\n") {}
    }
    defer { server.stop() }
    try await check(HTTPRequest(.get, server.url()), fails: .badAnswer, sent: true)
  }

  @Test(
    "a body that is not in its encoding is refused", arguments: ["gzip", "br", "identity, gzip"])
  func encodedBody(encoding: String) async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer("12345", headers: "Content-Encoding: \(encoding)\r\n")
      }
    }
    defer { server.stop() }
    try await check(HTTPRequest(.get, server.url()), fails: .badAnswer, sent: true, status: 200)
  }

  /// Sends `request` and checks how it fails.
  private func check(
    _ request: HTTPRequest, fails kind: HTTPFailure.Kind, sent: Bool, status: Int? = nil
  ) async throws {
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == kind, "\(failure)")
    #expect(failure.sent == sent)
    #expect(failure.head?.status == status)
  }
}
