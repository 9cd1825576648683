import CSMCore
import CSMFal
import Servers

/// An HTTP response with this body.
func answer(
  _ body: String, status: String = "200 OK", headers: String = ""
) -> [UInt8] {
  Array(
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)".utf8)
}

/// Asks a client of a server that gives this answer, or these two, and then none.
func ask<Outcome: Sendable>(
  _ bytes: [UInt8], then more: [UInt8]? = nil, clock: FalClock? = nil,
  _ question: (FalClient, Ticket) async -> Outcome
) async throws -> Outcome {
  let server = try RawServer { peer in
    if peer.readRequest() != nil { peer.write(bytes) }
    if let more, peer.readRequest() != nil { peer.write(more) }
  }
  defer { server.stop() }
  var settings = Settings()
  settings.queueURL = server.url("")
  settings.restURL = server.url("")
  settings.platformURL = server.url("")
  let transport = CurlTransport()
  defer { transport.shutdown() }
  let client = FalClient(transport: transport, services: .init(settings), clock: clock) {
    Secret("a-key-of-fal:0123456789abcdef")
  }
  return await question(
    client, Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0)))
}
