import Servers
import Testing

@testable import CSMFal

/// How a server fails a request that it has read.
enum Breakdown: String, CaseIterable, Sendable {
  case closes
  case resets
  case breaksOffInHead
  case breaksOffInBody
  case talksNonsense

  func play(to peer: RawServer.Peer) {
    switch self {
    case .closes: break
    case .resets: peer.resetOnClose()
    case .breaksOffInHead: peer.write("HTTP/1.1 200 OK\r\nContent-Le")
    case .breaksOffInBody: peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")
    case .talksNonsense: peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n")
    }
  }
}

@Suite("A POST is sent once", .timeLimit(.minutes(10)))
struct SendOnceTests {
  @Test("a POST is sent once on a fresh connection", arguments: Breakdown.allCases)
  func onFreshConnection(breakdown: Breakdown) async throws {
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      // A second sending would be answered and so show as a success.
      peer.number == 0 ? breakdown.play(to: peer) : peer.answer("{}")
    }
    defer { server.stop() }
    try await check(server, breakdown, requests: 1)
  }

  @Test("also without a body", arguments: Breakdown.allCases)
  func withoutBody(breakdown: Breakdown) async throws {
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.number == 0 ? breakdown.play(to: peer) : peer.answer("{}")
    }
    defer { server.stop() }
    try await check(server, breakdown, body: "", requests: 1)
  }

  @Test("a POST is sent once if the connection is reset before the body is read")
  func resetBeforeBody() async throws {
    let server = try RawServer { peer in
      if peer.number == 0 {
        peer.waitForPeer()
        peer.resetOnClose()
      } else if peer.readRequest() != nil {
        peer.answer("{}")
      }
    }
    defer { server.stop() }
    try await check(
      server, .resets, body: String(repeating: "x", count: 4_000_000), requests: 0)
  }

  @Test("while a GET on a dead reused connection is sent again")
  func getIsSentAgain() async throws {
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.answer("1")
      guard peer.readRequest() != nil, peer.number > 0 else { return }
      peer.answer("2")
    }
    defer { server.stop() }
    let transport = CurlTransport()
    _ = try await transport.send(HTTPRequest(.get, server.url())).get()
    _ = await transport.send(HTTPRequest(.get, server.url()))
    #expect(server.requests.count == 3)
  }

  @Test("libcurl is told not to send a POST again, whatever it tries", arguments: [true, false])
  func isToldNotTo(isPost: Bool) throws {
    let url = "https://queue.fal.run/fal-ai/csm-1b"
    let transfer = try CurlTransport.Transfer(HTTPRequest(isPost ? .post : .get, url))
    #expect(transfer.willSend(to: "192.0.2.1"))
    #expect(transfer.willSend(to: "192.0.2.1") != isPost)
  }

  /// Sends a POST that fails with `breakdown`, and checks what has reached the server.
  private func check(
    _ server: RawServer, _ breakdown: Breakdown, body: String = "{\"text\":\"Hi.\"}",
    requests: Int
  ) async throws {
    let transport = CurlTransport()
    let request = HTTPRequest(.post, server.url(), body: Array(body.utf8))
    let failure = try #require(await transport.send(request).failure)
    transport.shutdown()  // closes all connections, so that the server has seen everything
    server.stop()
    await server.finish()
    #expect(failure.kind == (breakdown == .talksNonsense ? .badAnswer : .closed), "\(failure)")
    #expect(failure.sent)
    #expect(failure.head?.status == (breakdown == .breaksOffInBody ? 200 : nil))
    #expect(server.requests.count == requests)
  }
}

extension Result {
  /// The failure; nil for a success.
  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
