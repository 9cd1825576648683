import CSMFal
import Servers
import Testing

@Suite("Over TLS and HTTP/2", .timeLimit(.minutes(10)))
struct CurlTransportTLSTests {
  @Test("GETs share one connection, and everything else gets a new one")
  func lanes() async throws {
    let server = try TLSServer { _ in .answers }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    let get = HTTPRequest(.get, server.url)
    try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
      for _ in 0..<50 { group.addTask { try await transport.send(get).get() } }
      for try await response in group {
        #expect(response.head.status == 200)
        #expect(response.head["x-kind"] == "h2")
      }
    }
    #expect(server.connections == 1)
    for method in [HTTPRequest.Method.post, .put, .post] {
      let answer = try await transport.send(HTTPRequest(method, server.url, body: [1])).get()
      #expect(answer.head["x-kind"] == "h1")
    }
    #expect(server.requests == 53)
    #expect(server.connections == 4)
  }

  @Test("a connection on which nothing is answered any more does not take all later GETs with it")
  func stuckConnection() async throws {
    let server = try TLSServer { $0 == 5 ? .fallsSilent : .answers }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    for _ in 0..<5 { _ = try await transport.send(HTTPRequest(.get, server.url)).get() }
    #expect(server.connections == 1)
    let short = HTTPRequest(.get, server.url, deadline: .seconds(3))
    let failure = try #require(await transport.send(short).failure)
    #expect([.timeout, .stalled].contains(failure.kind), "\(failure)")
    for _ in 0..<10 { _ = try await transport.send(HTTPRequest(.get, server.url)).get() }
    #expect(server.connections == 11)
  }

  @Test("a POST never uses a connection that the server is closing")
  func endedConnection() async throws {
    let server = try TLSServer { _ in .answersAndCloses }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    for number in 1...5 {
      let answer = try await transport.send(HTTPRequest(.post, server.url, body: [1])).get()
      #expect(answer.head.status == 200)
      while server.ended < number { await Task.yield() }
    }
    #expect(server.requests == 5)
  }

  @Test(
    "one POST reaches the wire once, on a fresh connection and on a reused one",
    arguments: [.closes, .goesAway, .refusesStream, .resetsStream] as [TLSServer.Reaction],
    [0, 1])
  func postsOnce(reaction: TLSServer.Reaction, earlier: Int) async throws {
    // A second sending would be answered and so show as a success.
    let server = try TLSServer { $0 == earlier ? reaction : .answers }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    let request = HTTPRequest(.post, server.url, body: Array("{}".utf8))
    for _ in 0..<earlier { _ = try await transport.send(request).get() }
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .closed, "\(failure)")
    #expect(failure.sent)
    // The next request's number shows how many came before.
    _ = try await transport.send(request).get()
    #expect(server.requests == earlier + 2)
  }

  @Test("files arrive on reused handles, many at a time")
  func filesAfterOthers() async throws {
    let server = try TLSServer { _ in .answers }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    for _ in 0..<3 {
      try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let post = HTTPRequest(.post, server.url, body: Array("{}".utf8))
            _ = try await transport.send(post).get()
            let file = HTTPRequest(.get, server.url, sink: CollectingSink())
            return try await transport.send(file).get()
          }
        }
        for try await response in group { #expect(response.head.status == 200) }
      }
    }
    #expect(server.requests == 120)
  }

  @Test("an unknown authority ends the request before anything is sent")
  func unknownAuthority() async throws {
    let server = try TLSServer { _ in .answers }
    defer { server.stop() }
    let transport = CurlTransport()
    let failure = try #require(await transport.send(HTTPRequest(.post, server.url)).failure)
    #expect(failure.kind == .tls, "\(failure)")
    #expect(!failure.sent)
    #expect(server.requests == 0)
  }

  @Test("a certificate for another name ends the request before anything is sent")
  func otherName() async throws {
    let server = try TLSServer { _ in .answers }
    defer { server.stop() }
    let transport = CurlTransport(caFile: server.caFile)
    let url = "https://127.0.0.1:\(server.port)/"
    let failure = try #require(await transport.send(HTTPRequest(.post, url)).failure)
    #expect(failure.kind == .tls, "\(failure)")
    #expect(!failure.sent)
    #expect(server.requests == 0)
  }
}
