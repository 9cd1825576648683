import CSMFal
import Testing

@Suite("Sending a request")
struct CurlTransportTests {
  @Test("gives back status, headers by lower-case name, and body")
  func givesBackTheAnswer() async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer("{}", status: "202 Accepted", headers: "X-Fal-Request-Id:  abc \r\nx-b:\r\n")
      }
    }
    defer { server.stop() }
    let transport = CurlTransport()
    let response = try await transport.send(
      HTTPRequest(
        .post, server.url("/a?b=c"), headers: [.init("X-One", "1")], body: Array("hi".utf8))
    ).get()
    #expect(response.head.status == 202)
    #expect(response.head["x-fal-request-id"] == "abc")
    #expect(response.head["x-b"] == "")
    #expect(response.head["missing"] == nil)
    #expect(response.body == Array("{}".utf8))
  }
}
