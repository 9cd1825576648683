import CSMFal
import Servers
import Synchronization
import Testing

/// Collects the body; refuses the head or the bytes on demand.
final class CollectingSink: ByteSink {
  private let state = Mutex<(heads: [HTTPHead], bytes: [UInt8])>(([], []))
  private let takesHead: Bool
  private let takesBytes: Bool

  init(takesHead: Bool = true, takesBytes: Bool = true) {
    self.takesHead = takesHead
    self.takesBytes = takesBytes
  }

  var heads: [HTTPHead] { state.withLock { $0.heads } }
  var bytes: [UInt8] { state.withLock { $0.bytes } }

  func begin(_ head: HTTPHead) -> Bool {
    state.withLock { $0.heads.append(head) }
    return takesHead
  }

  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    state.withLock { $0.bytes += bytes }
    return takesBytes
  }
}

@Suite("A body for a sink", .timeLimit(.minutes(10)))
struct CurlTransportSinkTests {
  let transport = CurlTransport()

  @Test("goes to the sink after the head", arguments: ["200 OK", "206 Partial Content"])
  func goesToSink(status: String) async throws {
    let server = try answering(status)
    defer { server.stop() }
    let sink = CollectingSink()
    let response = try await transport.send(HTTPRequest(.get, server.url(), sink: sink)).get()
    #expect(sink.heads == [response.head])
    #expect(sink.bytes == Array("hello".utf8))
    #expect(response.body.isEmpty)
  }

  @Test("is kept in memory for other statuses", arguments: ["404 Not Found", "302 Found"])
  func isCollected(status: String) async throws {
    let server = try answering(status)
    defer { server.stop() }
    let sink = CollectingSink()
    let response = try await transport.send(HTTPRequest(.get, server.url(), sink: sink)).get()
    #expect(sink.heads.isEmpty)
    #expect(sink.bytes.isEmpty)
    #expect(response.body == Array("hello".utf8))
  }

  @Test("is kept in memory up to 1 MB for other statuses")
  func isCollectedUpToLimit() async throws {
    let server = try answering("500 Oops", String(repeating: "x", count: 1_000_001))
    defer { server.stop() }
    let request = HTTPRequest(
      .get, server.url(), bytesMax: 100_000_000, sink: CollectingSink())
    #expect(await transport.send(request).failure?.kind == .tooLarge)
  }

  @Test("can be refused because of its head")
  func refusedByHead() async throws {
    let server = try answering("200 OK")
    defer { server.stop() }
    let sink = CollectingSink(takesHead: false)
    let result = await transport.send(HTTPRequest(.get, server.url(), sink: sink))
    #expect(result.failure?.kind == .sinkRefused)
    #expect(sink.bytes.isEmpty)
  }

  @Test("can be refused because of its bytes")
  func refusedByBytes() async throws {
    let server = try answering("200 OK", String(repeating: "x", count: 1_000_000))
    defer { server.stop() }
    let sink = CollectingSink(takesBytes: false)
    let result = await transport.send(HTTPRequest(.get, server.url(), sink: sink))
    #expect(result.failure?.kind == .sinkRefused)
    #expect(sink.bytes.count <= 65_536)
  }

  private func answering(_ status: String, _ body: String = "hello") throws -> RawServer {
    try RawServer { peer in
      while peer.readRequest() != nil { peer.answer(body, status: status) }
    }
  }
}
