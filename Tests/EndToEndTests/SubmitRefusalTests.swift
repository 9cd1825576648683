import Foundation
import Servers
import Testing

@Suite("Refusals that close a gate")
struct SubmitRefusalTests {
  /// An answer to a submit, and the gate that it closes.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: Answer
    let gate: String

    init(_ name: String, _ answer: Answer, _ gate: String) {
      testDescription = name
      self.answer = answer
      self.gate = gate
    }
  }

  static let refusals = [
    Refusal("401", said(401, "invalid key credentials"), "auth"),
    Refusal("402", said(402, "Pay."), "balance"),
    Refusal("403", said(403, "Not for you."), "auth"),
    Refusal("403 locked", said(403, "User is locked. Reason: Exhausted balance."), "balance"),
    Refusal("425", said(425, "Early."), "rate"),
    Refusal("429", said(429, "Many."), "rate"),
    Refusal("429 for no time", said(429, "Many.", "Retry-After: 0\r\n"), "rate"),
    Refusal("429 for less than no time", said(429, "Many.", "Retry-After: -1\r\n"), "rate"),
    Refusal("429 for a century", said(429, "Many.", "Retry-After: 3155760000\r\n"), "rate"),
    Refusal("429 for ever", said(429, "Many.", "Retry-After: 99999999999999999999\r\n"), "rate"),
    Refusal(
      "429 until the year 9999",
      said(
        429, "Many.",
        "Date: Wed, 25 Nov 2026 00:00:00 GMT\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"),
      "rate"
    ),
    Refusal(
      "429 until a past day",
      said(429, "Many.", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"), "rate"
    ),
    Refusal(
      "429 until a day with an accent, upon which Foundation's DateFormatter traps",
      said(
        429, "Many.",
        "Date: Wed, 25 Nov 2026 00:00:00 GMT\r\nRetry-After: Fr\u{301}i, 31 Dec 9999 23:59:59 GMT\r\n"
      ),
      "rate"
    ),
    Refusal("429 for a word", said(429, "Many.", "Retry-After: soon\r\n"), "rate"),
  ]

  private static func said(_ status: Int, _ detail: String, _ headers: String = "") -> Answer {
    .http(status, #"{"detail": "\#(detail)"}"#, headers: headers)
  }

  @Test(
    "after a refused submit, the line waits an hour at most, at no cost and without using up an attempt",
    arguments: refusals)
  func submit(_ refusal: Refusal) async throws {
    let stage = try await Stage(["CSM_GATE_PROBE": "30m"])
    let fal = try ScriptedFal { $0.call == .submit ? refusal.answer : nil }
    _ = try await stage.enqueue("add", try stage.write("Hello.\n", to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("the gate is closed") { try await stage.gates() == [refusal.gate] }
    // The gate `rate` opens for moments, in which the line is sent and refused again.
    var line: [String: Any] = [:]
    try await eventually("the line waits") {
      line = try #require(try await stage.lines().first)
      return line["state"] as? String == "QUEUED"
    }
    #expect(line["submits"] as? Int == 0 && line["attempts"] as? Int == 0)
    #expect(line["cost_usd"] as? Double ?? 0 == 0)
    var probe = ""
    try await eventually("its next look is known") {
      let gates = try await stage.status()["gates"] as? [[String: Any]]
      probe = gates?.first?["probe_at"] as? String ?? ""
      return !probe.isEmpty
    }
    let seconds = try Date(
      probe, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    )
    .timeIntervalSinceNow
    #expect(seconds < 3700)
    withExtendedLifetime(daemon) {}
  }

  @Test(
    "after a refused status or result, a paid line waits, and nothing is sent again",
    arguments: [ScriptedFal.Call.status, .result], [401, 403])
  func reading(_ call: ScriptedFal.Call, status: Int) async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { asked in
      asked.call == call || asked.call == .probe ? Self.said(status, "No.") : nil
    }
    _ = try await stage.enqueue("add", try stage.write("Hello.\n", to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("a gate is closed") { try await stage.gates().count == 1 }
    #expect(try await stage.states() == ["IN_QUEUE": 1])
    #expect(fal.posts == ["Hello."])
    withExtendedLifetime(daemon) {}
  }

  @Test(
    "a read that is refused because the account is locked is tried again, and nothing else waits for it",
    arguments: [ScriptedFal.Call.status, .result])
  func lockedRead(_ call: ScriptedFal.Call) async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { asked in
      asked.call == call && asked.number < 3
        ? Self.said(403, "User is locked. Reason: Exhausted balance.") : nil
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(!night.stderr.contains("gate closed"))
    #expect(fal.posts.count == 5)
  }
}
