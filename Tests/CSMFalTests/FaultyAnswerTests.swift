import CSMCore
import CSMFal
import Servers
import Testing

/// The calls that do not decide about a line: the listing, the probe and the cancellation.
@Suite("Answers that make no sense", .timeLimit(.minutes(20)))
struct FaultyAnswerTests {
  /// Faults that do not take a deadline of half a minute.
  static let faults = Fault.all.filter { !$0.isSlow }

  @Test("make the listing unavailable, so that no line is given up")
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

  @Test("have the key masked if they repeat it")
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

  @Test("have the key masked in every form that JSON allows", arguments: ["all", "some"])
  func escapedEcho(_ extent: String) async throws {
    let key = "3f0c/cd1-1111-4222:0123456789abcdef/123"
    let escaped = key.utf8.enumerated().map { index, byte in
      let hex = String(byte, radix: 16)
      switch index % 3 {
      case 0: return "\\u00\(index % 2 == 0 ? hex : hex.uppercased())"
      case 1 where extent == "some": return byte == 0x2F ? "\\/" : String(UnicodeScalar(byte))
      default: return extent == "all" ? "\\u00\(hex)" : String(UnicodeScalar(byte))
      }
    }.joined()
    let server = try RawServer { peer in
      while let request = peer.readRequest() {
        if request.contains("/status") {
          peer.answer(#"{"detail": "no: Key \#(escaped) {}"}"#, status: "401 Unauthorized")
        } else {
          peer.answer(#"{"audio": {"url": "https://fal.media/\#(escaped)"}}"#)
        }
      }
    }
    defer { server.stop() }
    var settings = Settings()
    settings.queueURL = server.url("")
    let transport = CurlTransport()
    defer { transport.shutdown() }
    let client = FalClient(transport: transport, services: .init(settings)) { Secret(key) }
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    let refused = await client.poll(ticket, of: "fal-ai/csm-1b")
    #expect("\(refused)".contains("no: Key (key) {}"), "\(refused)")
    let outcome = await client.collect(ticket, of: "fal-ai/csm-1b")
    guard case .audio(let result, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(result == #"{"audio": {"url": "https://fal.media/(key)"}}"#)
  }

  @Test(
    "bill what is a plain number, and nothing else",
    arguments: [
      ("0.075", 0.075), ("16", 16), ("0x10", nil), ("inf", nil), ("nan", nil), ("-1", nil),
      ("1e3", nil), ("1_0", nil), ("+1", nil), ("", nil), (".5", 0.5), ("1.2.3", nil), (".", nil),
      ("٣", nil),
    ] as [(String, Double?)])
  func units(written: String, read: Double?) async throws {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer(
          #"{"audio": {"url": "https://fal.media/a"}}"#,
          headers: "X-Fal-Billable-Units: \(written)\r\n")
      }
    }
    defer { server.stop() }
    var settings = Settings()
    settings.queueURL = server.url("")
    let transport = CurlTransport()
    defer { transport.shutdown() }
    let client = FalClient(transport: transport, services: .init(settings)) { Secret("a:b") }
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    guard case .audio(_, let units) = await client.collect(ticket, of: "fal-ai/csm-1b") else {
      Issue.record("no audio")
      return
    }
    #expect(units == read, "\(written)")
  }

  @Test("keep a gate closed, unless they clearly show that fal accepts the key")
  func probe() async throws {
    try await each { client, fault in
      switch (await client.probe(), fault.opensGates) {
      case (.fine, true), (.unreachable, false): break
      case (let outcome, _): Issue.record("\(fault.name): \(outcome)")
      }
    }
  }

  @Test("senseless answers to a cancellation do not change the line")
  func cancel() async throws {
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    try await each { client, fault in
      switch (await client.cancel(ticket, of: "fal-ai/csm-1b"), fault.answer) {
      // Any success code means that fal has acknowledged it.
      case (.acknowledged, .http(200...299, _, _)), (.acknowledged, .bytes): break
      case (.tooLate, .http(400, _, _)), (.tooLate, .http(404, _, _)): break
      case (.later, _): break
      case (let outcome, _): Issue.record("\(fault.name): \(outcome)")
      }
    }
  }

  /// Lets a client meet each fault on a connection that has worked before.
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
