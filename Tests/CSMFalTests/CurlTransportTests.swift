import CSMFal
import Foundation
import Servers
import Synchronization
import Testing

@Suite("Sending a request", .timeLimit(.minutes(10)))
struct CurlTransportTests {
  let transport = CurlTransport()

  @Test("returns status, headers by lower-case name, and body")
  func givesBackTheAnswer() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
        peer.answer("{}", status: "202 Accepted", headers: "X-Fal-Request-Id:  abc \r\nX-B:\r\n")
      }
    }
    defer { server.stop() }
    let response = try await transport.send(HTTPRequest(.get, server.url())).get()
    #expect(response.head.status == 202)
    #expect(response.head["x-fal-request-id"] == "abc")
    #expect(response.head["x-b"] == "")
    #expect(response.head["x-early"] == nil)
    #expect(response.body == Array("{}".utf8))
  }

  @Test("sends what was asked for and little else")
  func putsOnTheWire() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("") }
    }
    defer { server.stop() }
    let headers = [HTTPHeader("Authorization", "Key k"), HTTPHeader("Content-Type", "audio/wav")]
    for method in [HTTPRequest.Method.get, .post, .put] {
      let body = method == .get ? "" : "hello"
      let request = HTTPRequest(
        method, server.url("/a?b=c"), headers: headers, body: Array(body.utf8))
      _ = try await transport.send(request).get()
    }
    let head =
      "/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: csmd\r\nAccept: */*\r\n"
      + "Accept-Encoding: identity\r\nAuthorization: Key k\r\nContent-Type: audio/wav\r\n"
    #expect(
      server.requests == [
        "GET \(head)\r\n",
        "POST \(head)Content-Length: 5\r\n\r\nhello",
        "PUT \(head)Content-Length: 5\r\n\r\nhello",
      ])
    #expect(server.connections == 3)
  }

  @Test("sends a body of megabytes without waiting for 100 Continue")
  func sendsLargeBody() async throws {
    let server = try RawServer { peer in
      while let request = peer.readRequest() { peer.answer("\(request.utf8.count)") }
    }
    defer { server.stop() }
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
    _ = try await transport.send(HTTPRequest(.put, server.url(), body: body)).get()
    let request = try #require(server.requests.first)
    #expect(request.hasSuffix(String(decoding: body, as: UTF8.self)))
    #expect(!request.lowercased().contains("expect:"))
    #expect(!request.lowercased().contains("content-type:"))
  }

  @Test("returns a redirect instead of following it")
  func doesNotFollow() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")
      }
    }
    defer { server.stop() }
    let response = try await transport.send(HTTPRequest(.get, server.url())).get()
    #expect(response.head.status == 302)
    #expect(response.head["location"] == "/elsewhere")
    #expect(server.requests.count == 1)
  }

  @Test(
    "refuses what it must not send",
    arguments: [
      "", "nonsense", "//host/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
      "http://example.com/", "http://10.0.0.1/", "http://localhost.example.com/",
      "http://127.0.0.1.example.com/", "http://[::2]/", "https://user:word@localhost/",
      "https://user@localhost/", "https://local host/", "https://localhost/\r\nX: y",
      "https://localhost:99999/",
    ])
  func refusesURL(url: String) async throws {
    let failure = try #require(await transport.send(HTTPRequest(.get, url)).failure)
    #expect(failure.kind == .invalidRequest, "\(failure)")
    #expect(!failure.sent)
  }

  @Test("refuses a header that would become two", arguments: ["a\r\nb: c", "a\nb", "a\0b"])
  func refusesHeader(value: String) async throws {
    let request = HTTPRequest(.get, "https://localhost/", headers: [HTTPHeader("x", value)])
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .invalidRequest)
  }

  @Test("sends nothing that `willSend` prevents, and says why")
  func holdsBack() async throws {
    let server = try RawServer { peer in
      if peer.readRequest() != nil { peer.answer("{}") }
    }
    defer { server.stop() }
    var request = HTTPRequest(.post, server.url("/"), body: Array("{}".utf8))
    request.willSend = { "The disk is full." }
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .heldBack && failure.message == "The disk is full.")
    #expect(!failure.sent && server.requests.isEmpty)
  }

  @Test("reports a refused connection, and that nothing was sent")
  func nobodyListens() async throws {
    let port = try HeldPort()
    let request = HTTPRequest(.post, "http://127.0.0.1:\(port.number)/")
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .connect, "\(failure)")
    #expect(failure.message.contains("127.0.0.1 port \(port.number)"), "\(failure)")
    #expect(!failure.sent)
    withExtendedLifetime(port) {}
  }

  @Test("reports a name without an address, and that nothing was sent")
  func noSuchName() async throws {
    // libcurl itself rejects this domain, as RFC 7686 requires, without a lookup.
    let request = HTTPRequest(.post, "https://no-such-host.onion/")
    let failure = try #require(await transport.send(request).failure)
    #expect(failure.kind == .resolve, "\(failure)")
    #expect(failure.message.contains("no-such-host.onion"), "\(failure)")
    #expect(!failure.sent)
  }

  @Test("runs many requests at once without losing any")
  func runsManyAtOnce() async throws {
    let server = try RawServer { peer in
      while let request = peer.readRequest() {
        peer.answer(String(request.prefix { !$0.isNewline }))
      }
    }
    defer { server.stop() }
    let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for number in 0..<200 {
        group.addTask { [transport] in
          let request = HTTPRequest(.get, server.url("/\(number)"))
          let body = try await transport.send(request).get().body
          return (number, String(decoding: body, as: UTF8.self))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count == 200)
    for (number, answer) in answers { #expect(answer == "GET /\(number) HTTP/1.1") }
  }
}
