import CSMFal
import Servers
import Synchronization
import Testing

/// Answers that make HTTP clients resend a request: with a name and a password, without
/// `Expect`, to another URL, on another connection.
@Suite("A POST is sent once, whatever the answer asks for", .timeLimit(.minutes(10)))
struct SendOnceAnswersTests {
  static let invitations: [(String, String)] = [
    ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"fal\"\r\n"),
    ("401 Unauthorized", "WWW-Authenticate: Digest realm=\"fal\", nonce=\"7\", qop=\"auth\"\r\n"),
    ("401 Unauthorized", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"),
    ("401 Unauthorized", "WWW-Authenticate: Key\r\nConnection: close\r\n"),
    ("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"fal\"\r\n"),
    ("407 Proxy Authentication Required", "Proxy-Authenticate: NTLM\r\n"),
    ("408 Request Timeout", "Connection: close\r\n"),
    ("417 Expectation Failed", ""),
    ("421 Misdirected Request", ""),
    ("425 Too Early", ""),
    ("429 Too Many Requests", "Retry-After: 0\r\n"),
    ("503 Service Unavailable", "Retry-After: 0\r\nConnection: close\r\n"),
    ("301 Moved Permanently", "Location: /elsewhere\r\n"),
    ("302 Found", "Location: /elsewhere\r\n"),
    ("303 See Other", "Location: /elsewhere\r\n"),
    ("307 Temporary Redirect", "Location: /elsewhere\r\n"),
    ("308 Permanent Redirect", "Location: /\r\n"),
    ("300 Multiple Choices", "Location: /elsewhere\r\n"),
    ("305 Use Proxy", "Location: http://127.0.0.1:9/\r\n"),
    ("200 OK", "Refresh: 0; url=/elsewhere\r\nAlt-Svc: h2=\":443\"\r\n"),
    ("200 OK", "Upgrade: h2c\r\nConnection: Upgrade, close\r\n"),
  ]

  @Test("a POST is sent once even on a connection that stays open", arguments: invitations)
  func invites(_ status: String, _ headers: String) async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("{}", status: status, headers: headers) }
    }
    defer { server.stop() }
    let transport = CurlTransport()
    let request = HTTPRequest(
      .post, server.url(), headers: [HTTPHeader("Authorization", "Key secret")], body: [1, 2])
    let response = try await transport.send(request).get()
    #expect(response.head.status == Int(status.prefix(3)))
    await end(transport, server)
    #expect(server.requests.count == 1)
    #expect(server.connections == 1)
  }

  static let interim = [
    "100 Continue\r\n\r\n", "100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    "102 Processing\r\n\r\n", "103 Early Hints\r\nLink: </x>\r\n\r\n", "199 Odd\r\n\r\n",
  ]

  @Test("a POST is sent once if only interim responses arrive before the end", arguments: interim)
  func interimThenEnd(_ answer: String) async throws {
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      // A second sending would be answered and so show as a success.
      if peer.number == 0 { peer.write("HTTP/1.1 \(answer)") } else { peer.answer("{}") }
    }
    defer { server.stop() }
    let transport = CurlTransport()
    let request = HTTPRequest(.post, server.url(), body: Array("{}".utf8))
    let failure = try #require(await transport.send(request).failure)
    await end(transport, server)
    #expect(failure.sent)
    #expect(failure.head == nil)
    #expect(server.requests.count == 1)
  }

  @Test(
    "a POST is sent once if a server answers before it has read the body, and closes",
    arguments: [0, 4_000_000])
  func answersEarly(bytes: Int) async throws {
    let server = try RawServer { peer in
      peer.waitForPeer()
      peer.answer("{}", status: "503 Busy", headers: "Connection: close\r\n")
      peer.resetOnClose()
    }
    defer { server.stop() }
    let transport = CurlTransport()
    let body = [UInt8](repeating: 120, count: bytes)
    let result = await transport.send(HTTPRequest(.post, server.url(), body: body))
    await end(transport, server)
    switch result {
    case .success(let response): #expect(response.head.status == 503)
    case .failure(let failure): #expect(failure.sent, "\(failure)")
    }
    #expect(server.connections == 1)
  }

  @Test(
    "through a proxy, when the server behind it breaks off, on a fresh tunnel and on a reused one",
    arguments: [.closes, .goesAway, .refusesStream, .resetsStream] as [TLSServer.Reaction], [0, 1])
  func throughProxy(_ reaction: TLSServer.Reaction, earlier: Int) async throws {
    let server = try TLSServer { $0 == earlier ? reaction : .answers }
    defer { server.stop() }
    let proxy = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.write("HTTP/1.1 200 Connection established\r\n\r\n")
      peer.tunnel(toPort: server.port)
    }
    defer { proxy.stop() }
    let transport = CurlTransport(
      caFile: server.caFile, proxy: proxy.url())
    let request = HTTPRequest(
      .post, "https://\(TLSServer.otherName):\(server.port)/", body: Array("{}".utf8))
    for _ in 0..<earlier { _ = try await transport.send(request).get() }
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.sent, "\(failure)")
    _ = try await transport.send(request).get()
    #expect(server.requests == earlier + 2)
  }

  @Test(
    "no POST is sent when the proxy drops the tunnel before TLS stands",
    arguments: [
      "", "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n",
      "HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ])
  func proxyDrops(_ answer: String) async throws {
    let proxy = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.write(answer)
    }
    defer { proxy.stop() }
    let transport = CurlTransport(proxy: proxy.url())
    let request = HTTPRequest(
      .post, "https://queue.example/", headers: [HTTPHeader("Authorization", "Key secret")],
      body: [1])
    let failure = try #require(await transport.send(request).failure)
    #expect(!failure.sent, "\(failure)")
    await end(transport, proxy)
    #expect(proxy.requests.allSatisfy { $0.hasPrefix("CONNECT ") && !$0.contains("secret") })
  }

  /// Closes all connections, so that the server has seen everything.
  private func end(_ transport: CurlTransport, _ server: RawServer) async {
    transport.shutdown()
    server.stop()
    await server.finish()
  }
}
