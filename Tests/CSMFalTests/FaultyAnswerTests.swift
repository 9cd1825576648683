import CSMCore
import CSMFal
import Servers
import Testing

/// The calls that are about no line of their own: the listing, the free question, the cancellation.
@Suite("Answers that make no sense", .timeLimit(.minutes(2)))
struct FaultyAnswerTests {
  /// Those that end without a deadline of half a minute.
  static let faults = Fault.all.filter { !$0.isSlow }

  @Test("leave a listing unread, so that nobody is given up for it")
  func listing() async throws {
    try await each { client, fault in
      let outcome = await client.list(
        endpoints: ["fal-ai/csm-1b"], since: Timestamp(milliseconds: 0), isWanted: { _ in false })
      guard case .unavailable = outcome else {
        Issue.record("\(fault.name): \(outcome)")
        return
      }
    }
  }

  @Test("give the key to nobody, where they repeat it")
  func echo() async throws {
    let key = "3f0c1cd1-1111-4222:0123456789abcdef0123"
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer(
          #"{"detail": "no: Key \#(key), 0123456789abcdef0123"}"#, status: "401 Unauthorized",
          headers: "X-Fal-Error-Type: 0123456789abcdef0123\r\n")
      }
    }
    defer { server.stop() }
    var settings = Settings()
    settings.queueURL = server.url("")
    let transport = CurlTransport()
    defer { transport.shutdown() }
    let client = FalClient(transport: transport, services: .init(settings)) { Secret(key) }
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    let outcome = await client.poll(ticket, of: "fal-ai/csm-1b")
    #expect("\(outcome)".contains("no: Key (key), (key)"), "\(outcome)")
    #expect(!"\(outcome)".contains("0123456789abcdef0123"))
  }

  @Test("keep a gate closed, but for a clear word that fal takes the key")
  func probe() async throws {
    try await each { client, fault in
      switch (await client.probe(), fault.opensGates) {
      case (.fine, true), (.unreachable, false): break
      case (let outcome, _): Issue.record("\(fault.name): \(outcome)")
      }
    }
  }

  @Test("to a cancellation are no word about the line")
  func cancel() async throws {
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    try await each { client, fault in
      switch (await client.cancel(ticket, of: "fal-ai/csm-1b"), fault.answer) {
      // Any code of success means that fal took note.
      case (.acknowledged, .http(200...299, _, _)), (.acknowledged, .bytes): break
      case (.tooLate, .http(400, _, _)), (.tooLate, .http(404, _, _)): break
      case (.later, _): break
      case (let outcome, _): Issue.record("\(fault.name): \(outcome)")
      }
    }
  }

  /// Lets a client meet each fault on a connection that worked before.
  private func each(_ meet: (FalClient, Fault) async -> Void) async throws {
    for fault in Self.faults {
      let server = try RawServer { peer in
        while peer.readRequest() != nil, fault.answer.play(to: peer) {}
      }
      var settings = Settings()
      settings.queueURL = server.url("")
      settings.platformURL = server.url("")
      let transport = CurlTransport()
      let client = FalClient(transport: transport, services: .init(settings)) { Secret("a:b") }
      await meet(client, fault)
      transport.shutdown()
      server.stop()
      #expect(server.requests.allSatisfy { !$0.hasPrefix("POST") }, "\(fault.name)")
    }
  }
}
