import CSMFal
import Foundation
import Servers
import Testing

@Suite("Cancellation", .timeLimit(.minutes(10)))
struct CurlTransportStopTests {
  @Test("a cancelled task ends its request, which may have been received")
  func cancels() async throws {
    let server = try silent()
    defer { server.stop() }
    let transport = CurlTransport()
    let request = Task { await transport.send(HTTPRequest(.post, server.url(), body: [1])) }
    await server.nextRequest()
    request.cancel()
    let failure = try #require(await request.value.failure)
    #expect(failure.kind == .cancelled)
    #expect(failure.sent)
  }

  @Test("after a cancelled handshake nothing was sent")
  func cancelsHandshake() async throws {
    let (hello, continuation) = AsyncStream.makeStream(of: Void.self)
    let server = try RawServer { peer in
      while peer.swallow() { continuation.yield() }
    }
    defer { server.stop() }
    let transport = CurlTransport()
    let url = "https://localhost:\(server.port)/"
    let request = Task { await transport.send(HTTPRequest(.post, url, body: [1])) }
    for await _ in hello { break }
    request.cancel()
    let failure = try #require(await request.value.failure)
    #expect(failure.kind == .cancelled)
    #expect(!failure.sent)
  }

  @Test("a task that is already cancelled sends nothing")
  func cancelledBeforehand() async throws {
    let server = try silent()
    defer { server.stop() }
    let transport = CurlTransport()
    let request = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await transport.send(HTTPRequest(.post, server.url(), body: [1]))
    }
    let failure = try #require(await request.value.failure)
    #expect(failure.kind == .cancelled)
    #expect(!failure.sent)
    #expect(server.connections == 0)
  }

  @Test("shutting down ends running requests and refuses new ones")
  func shutsDown() async throws {
    let server = try silent()
    defer { server.stop() }
    let transport = CurlTransport()
    let running = Task { await transport.send(HTTPRequest(.post, server.url(), body: [1])) }
    await server.nextRequest()
    transport.shutdown()
    transport.shutdown()
    let failure = try #require(await running.value.failure)
    #expect(failure.kind == .cancelled)
    #expect(failure.sent)
    let later = try #require(await transport.send(HTTPRequest(.post, server.url())).failure)
    #expect(later.kind == .cancelled)
    #expect(!later.sent)
  }

  /// A server that reads one request per connection and never answers.
  private func silent() throws -> RawServer {
    try RawServer { peer in
      _ = peer.readRequest()
      peer.waitForPeer()
    }
  }
}
