import CSMFal
import Servers
import Testing

@Suite("A proxy", .timeLimit(.minutes(10)))
struct CurlTransportProxyTests {
  @Test(
    "is asked for a tunnel and told nothing else",
    arguments: [HTTPRequest.AddressPolicy.any, .publicOnly])
  func isAskedForTunnel(addresses: HTTPRequest.AddressPolicy) async throws {
    let proxy = try RawServer { peer in
      _ = peer.readRequest()
      peer.answer("", status: "403 Forbidden")
    }
    defer { proxy.stop() }
    let transport = CurlTransport(proxy: proxy.url())
    let request = HTTPRequest(
      .post, "https://queue.example/path", headers: [HTTPHeader("Authorization", "Key secret")],
      body: [1], addresses: addresses)
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .closed, "\(failure)")
    #expect(!failure.sent)
    #expect(failure.head == nil)
    #expect(proxy.requests.count == 1)
    #expect(proxy.requests[0].hasPrefix("CONNECT queue.example:443 HTTP/1.1\r\n"))
    #expect(!proxy.requests[0].contains("secret"))
  }

  @Test("is not used for this machine")
  func isNotUsedForLoopback() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("{}") }
    }
    let proxy = try RawServer { _ in }
    defer {
      server.stop()
      proxy.stop()
    }
    let transport = CurlTransport(proxy: proxy.url())
    _ = try await transport.send(HTTPRequest(.get, server.url())).get()
    let tls = "https://127.0.0.1:\(server.port)/"
    _ = await transport.send(HTTPRequest(.get, tls, deadline: .milliseconds(200)))
    #expect(proxy.connections == 0)
  }
}
