import CSMCore
import CSMFal
import Servers
import Synchronization
import Testing

/// Fails at once, and keeps what was asked.
private final class Silence: Transport {
  let requests = Mutex<[HTTPRequest]>([])

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    requests.withLock { $0.append(request) }
    return .failure(HTTPFailure(.stalled, "silent", sent: true))
  }
}

/// Answers that fal does not document, but that other servers, proxies and libraries write.
@Suite("Unusual answers", .timeLimit(.minutes(10)))
struct UnusualAnswerTests {
  static let statuses: [(String, PollOutcome?)] = [
    (#"{"status": "in_progress"}"#, .inProgress),
    (#"{"status": "completed"}"#, .completed(seconds: nil)),
    (#"{"status": "FAILED"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "ERROR"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "CANCELLED"}"#, .completed(seconds: nil, failed: true)),
    (#"{"status": "canceled"}"#, .completed(seconds: nil, failed: true)),
    (
      #"{"status": "COMPLETED", "error": "Gone", "error_type": "runner_disconnected"}"#,
      .completed(
        seconds: nil, failed: true, error: Problem("runner_disconnected", "fal says: Gone"))
    ),
    (#"{"status": "COMPLETED", "logs": NaN}"#, .completed(seconds: nil)),
    (#"{"status": "IN_QUEUE", "queue_position": Infinity}"#, .inQueue),
    (#"{"status": "SLEEPING"}"#, nil),
    (#"{"status": ""}"#, nil),
    (#"{"status": 3}"#, nil),
    (#"{}"#, nil),
    ("", nil),
    ("[]", nil),
    ("<html>", nil),
  ]

  @Test(
    "unusual answers for a status are understood if possible, and otherwise not asked for for ever")
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

  @Test(
    "an unusually long status, with logs, is read; the result decides if it is longer still",
    arguments: [(200_000, PollOutcome.completed(seconds: nil)), (3_000_000, .long)])
  func longStatus(_ length: Int, _ expected: PollOutcome) async throws {
    let logs = String(repeating: "x", count: length)
    let body = #"{"status": "COMPLETED", "logs": [{"message": "\#(logs)"}]}"#
    let outcome = try await ask(answer(body)) { client, ticket in
      await client.poll(ticket, of: "fal-ai/csm-1b")
    }
    #expect(outcome == expected)
  }

  @Test("a status or result of which nothing comes is waited for no longer than half a minute")
  func silence() async {
    let silence = Silence()
    let client = FalClient(transport: silence, services: .init(Settings())) { Secret("a:b") }
    let ticket = Ticket(requestID: "a", acceptedAt: Timestamp(milliseconds: 0))
    _ = await client.poll(ticket, of: "fal-ai/csm-1b")
    for isLong in [false, true] {
      _ = await client.collect(ticket, of: "fal-ai/csm-1b", isLong: isLong)
    }
    let waits = silence.requests.withLock { requests in
      requests.map { min($0.stallDeadline ?? $0.deadline, $0.deadline) }
    }
    #expect(waits == Array(repeating: .seconds(30), count: 3))
  }

  @Test("unusual answers for a result are understood if possible")
  func result() async throws {
    let bodies = [
      #"{"audio": {"url": "https://fal.media/a.wav"}, "duration": NaN}"#,
      #"{"status": "completed", "audio": {"url": "https://fal.media/a.wav"}}"#,
      #"{"status": "OK", "audio": "https://fal.media/a.wav"}"#,
      #"{"audio_url": "https://fal.media/a.wav"}"#,
      #"{"audio": null, "audio_url": {"url": "https://fal.media/a.wav", "file_size": 5}}"#,
    ]
    for body in bodies {
      let outcome = try await ask(answer(body)) { client, ticket in
        await client.collect(ticket, of: "fal-ai/csm-1b")
      }
      #expect(outcome == .audio(result: body, units: nil), "\(body)")
    }
  }

  static let renewals: [(String, status: String, isNew: Bool)] = [
    (#"{"audio": {"url": "https://fal.media/a.wav?until=9"}}"#, "200 OK", true),
    (#"{"audio_url": "https://fal.media/a.wav?until=5", "seconds": 2}"#, "200 OK", false),
    (#"{"detail": "Not found"}"#, "404 No", false), ("<html>", "200 OK", false),
  ]

  @Test("for a result that is read again are of use only if they name another URL")
  func renewed() async throws {
    let known = #"{"audio": {"url": "https://fal.media/a.wav?until=5"}}"#
    for (body, status, isNew) in Self.renewals {
      let renewed = try await ask(answer(body, status: status)) { client, ticket in
        await client.renewed(known, ticket, of: "fal-ai/csm-1b") { _ in false }
      }
      #expect(renewed == (isNew ? body : nil), "\(body)")
    }
  }

  @Test("are decompressed, although compression was not asked for")
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
    #expect(outcome == .inQueue)
  }

  static let refusals: [(String, headers: String, isFals: Bool)] = [
    (#"{"detail": "User is locked"}"#, "Content-Type: application/json\r\n", true),
    (#"{"detail": [{"type": "missing", "msg": "no"}]}"#, "", true),
    (#"{"detail": "Too many."}"#, "Content-Type: application/problem+json\r\n", false),
    (#"{"title": "Too many", "status": 429, "detail": "Too many."}"#, "", false),
    (#"{"error": {"type": "rate_limit", "message": "Too many."}}"#, "", false),
    (#"{"message": "Too many."}"#, "", false),
  ]

  @Test("do not count as refusals by fal, so that nothing is sent twice", arguments: [403, 429])
  func refusal(status: Int) async throws {
    for (body, headers, isFals) in Self.refusals {
      let answer = answer(body, status: "\(status) No", headers: headers)
      let outcome = try await ask(answer) { client, _ in
        await client.submitNothing()
      }
      let isUnclear = if case .unclear = outcome { true } else { false }
      #expect(isUnclear == !isFals, "\(body): \(outcome)")
    }
  }

  static let busy: [(String, headers: String, slowDown: SlowDown?)] = [
    ("429 Busy", "Retry-After: 40\r\n", SlowDown(retryAfter: .seconds(40))),
    ("429 Busy", "", SlowDown(retryAfter: nil)),
    ("503 Busy", "Retry-After: 40\r\n", SlowDown(retryAfter: .seconds(40))),
    ("503 Busy", "", nil), ("502 Bad", "Retry-After: 40\r\n", nil),
  ]

  @Test(
    "unusual answers that ask csmd to send less are heard, although the submit may have been accepted"
  )
  func slowDown() async throws {
    for (status, headers, slowDown) in Self.busy {
      for body in ["<html>Busy</html>", #"{"message": "Busy"}"#] {
        let answer = answer(body, status: status, headers: headers)
        let outcome = try await ask(answer) { client, _ in await client.submitNothing() }
        guard case .unclear(_, let heard) = outcome else {
          Issue.record("\(status): \(outcome)")
          continue
        }
        #expect(heard == slowDown, "\(status) \(headers)")
      }
    }
  }

  @Test(
    "unusual answers that break off after the id show that it was accepted",
    arguments: [true, false])
  func brokenOff(isChunked: Bool) async throws {
    let body = #"{"request_id": "abc", "response_url": "https://x/a-key-of-fal:0123456789abcdef"}"#
    let head =
      isChunked
      ? "Transfer-Encoding: chunked\r\n\r\n\(String(body.utf8.count, radix: 16))\r\n"
      : "Content-Length: 5000\r\n\r\n"
    let whole = try await submitted("HTTP/1.1 200 OK\r\n\(head)\(body)")
    guard case .accepted(let ticket) = whole else {
      Issue.record("\(whole)")
      return
    }
    #expect(ticket.requestID == "abc" && ticket.responseURL == "https://x/(key)")
    for text in ["500 No\r\n\(head)\(body)", "200 OK\r\n\(head)\(body.dropLast())"] {
      let part = try await submitted("HTTP/1.1 \(text)")
      guard case .unclear = part else {
        Issue.record("\(part)")
        continue
      }
    }
  }

  private func submitted(_ answer: String) async throws -> SubmitOutcome {
    try await ask(Array(answer.utf8)) { client, _ in await client.submitNothing() }
  }

  @Test("unusual answers that name another job's request are ignored")
  func mixUp() async throws {
    let byHeader = answer(
      #"{"audio": {"url": "https://fal.media/b.wav"}}"#, headers: "X-Fal-Request-Id: b\r\n")
    for (isKnown, isTaken) in [(true, false), (false, true)] {
      let result = try await ask(byHeader) { client, ticket in
        await client.collect(ticket, of: "fal-ai/csm-1b") { $0 == "b" && isKnown }
      }
      let wasTaken = if case .audio = result { true } else { false }
      #expect(wasTaken == isTaken, "\(result)")
      let status = answer(#"{"status": "COMPLETED", "request_id": "b"}"#)
      let poll = try await ask(status) { client, ticket in
        await client.poll(ticket, of: "fal-ai/csm-1b") { $0 == "b" && isKnown }
      }
      #expect((poll == .completed(seconds: nil)) == isTaken, "\(poll)")
    }
  }

  @Test("unusual answers in UTF-16 or UTF-32 do not reveal the key")
  func otherEncodings() async throws {
    let text = #"{"detail": "bad key a-key-of-fal:0123456789abcdef"}"#
    let wide = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let wider = text.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), 0, 0, 0] }
    for body in [wide, [0xFF, 0xFE] + wide, wider] {
      let head = "HTTP/1.1 422 No\r\nContent-Length: \(body.count)\r\n\r\n"
      let outcome = try await ask(Array(head.utf8) + body) { client, ticket in
        await client.collect(ticket, of: "fal-ai/csm-1b")
      }
      #expect(!"\(outcome)".contains("0123456789"), "\(outcome)")
    }
  }

  @Test("for audio: a host that has a private address for a while is not believed at once")
  func privateAddress() async throws {
    let transport = FailingTransport(failure: HTTPFailure(.refusedAddress, "Private.", sent: false))
    let client = FalClient(transport: transport, services: .init(Settings())) { nil }
    let download = await client.fetch(
      result: #"{"audio": "https://fal.media/a.wav"}"#, into: NoSink())
    guard case .failed(.damaged) = download else {
      Issue.record("\(download)")
      return
    }
  }
}

private struct FailingTransport: Transport {
  let failure: HTTPFailure

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> { .failure(failure) }
}

private struct NoSink: AudioSink {
  func write(_ bytes: UnsafeRawBufferPointer) {}
}

extension FalClient {
  fileprivate func submitNothing() async -> SubmitOutcome {
    await submit(
      SpeechRequest(scene: [], context: []), to: "fal-ai/csm-1b", at: Timestamp(milliseconds: 0)
    ) { nil }
  }
}
