import CSMCore
import CSMFal
import Servers
import Testing

/// Answers that fal's documents do not know, and that other servers, proxies and libraries write.
@Suite("Answers in other words", .timeLimit(.minutes(1)))
struct UnusualAnswerTests {
  static let statuses: [(String, PollOutcome?)] = [
    (#"{"status": "in_progress"}"#, .inProgress),
    (#"{"status": "completed"}"#, .completed(seconds: nil)),
    (#"{"status": "FAILED"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "ERROR"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "CANCELLED"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "canceled"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "COMPLETED", "logs": NaN}"#, .completed(seconds: nil)),
    (#"{"status": "IN_QUEUE", "queue_position": Infinity}"#, .inQueue(position: nil)),
    (#"{"status": "SLEEPING"}"#, nil),
    (#"{"status": ""}"#, nil),
    (#"{"status": 3}"#, nil),
    (#"{}"#, nil),
    ("", nil),
    ("[]", nil),
    ("<html>", nil),
  ]

  @Test("for a status are read where they can be, and else are no reason to ask for ever")
  func status() async throws {
    for (body, expected) in Self.statuses {
      let outcome = try await ask(answer(body)) { client, ticket in
        await client.poll(ticket, of: "fal-ai/csm-1b")
      }
      if let expected {
        #expect(outcome == expected, "\(body)")
      } else if case .unreadable = outcome {
        continue
      } else {
        Issue.record("\(body): \(outcome)")
      }
    }
  }

  @Test("for a result are read where they can be")
  func result() async throws {
    let bodies = [
      #"{"audio": {"url": "https://fal.media/a.wav"}, "duration": NaN}"#,
      #"{"status": "completed", "audio": {"url": "https://fal.media/a.wav"}}"#,
      #"{"status": "OK", "audio": "https://fal.media/a.wav"}"#,
    ]
    for body in bodies {
      let outcome = try await ask(answer(body)) { client, ticket in
        await client.collect(ticket, of: "fal-ai/csm-1b")
      }
      #expect(outcome == .audio(result: body, units: nil), "\(body)")
    }
  }

  @Test("are unpacked where they come packed, though nobody asked for it")
  func gzip() async throws {
    // `{"status": "IN_QUEUE"}`
    let packed: [UInt8] = [
      31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 46, 73, 44, 41, 45, 86, 178, 82, 80, 242, 244,
      139, 15, 12, 117, 13, 117, 85, 170, 5, 0, 210, 142, 172, 137, 22, 0, 0, 0,
    ]
    let head =
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
    let outcome = try await ask(Array(head.utf8) + packed) { client, ticket in
      await client.poll(ticket, of: "fal-ai/csm-1b")
    }
    #expect(outcome == .inQueue(position: nil))
  }

  private func answer(_ body: String) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }

  private func ask<Outcome: Sendable>(
    _ bytes: [UInt8], _ question: (FalClient, Ticket) async -> Outcome
  ) async throws -> Outcome {
    let server = try RawServer { peer in
      if peer.readRequest() != nil { peer.write(bytes) }
    }
    defer { server.stop() }
    var settings = Settings()
    settings.queueURL = server.url("")
    let transport = CurlTransport()
    defer { transport.shutdown() }
    let client = FalClient(transport: transport, services: .init(settings)) { Secret("a:b") }
    return await question(
      client, Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0)))
  }
}
