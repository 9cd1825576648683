import Foundation
import Servers
import Synchronization
import Testing

/// A server whose answers to all lines are as large, long or slow as they can be.
///
/// csmd's memory stays within its bound, and nothing is sent twice.
@Suite("Bodies that are endless, too large or slow")
struct HostileBodyTests {
  /// The answer to one call of every line.
  struct Flood: Sendable, CustomTestStringConvertible {
    let call: ScriptedFal.Call
    let name: String
    let answer: Answer
    /// The state of the lines meanwhile.
    let state: String

    var testDescription: String { "\(call.rawValue), \(name)" }
  }

  private static let head = "HTTP/1.1 200 OK\r\n"
  private static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
  private static let chunk = "4000\r\n" + String(repeating: " ", count: 16_384) + "\r\n"
  private static let bomb =
    Array((head + "Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\n").utf8)
    + [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 999_990)
  /// A result as long as the model could have spoken, with the audio in it; the case of
  /// letters in such a URL means nothing.
  private static let longResult =
    #"{"audio": "DATA:audio/wav;Base64,"#
    + Data(WAV.hum(bytes: 4_320_000)).base64EncodedString() + #""}"#

  static let floods: [Flood] = [
    Flood(
      call: .submit, name: "endless", answer: .endless(head + "\r\n{", part: chunk),
      state: "UNKNOWN"),
    Flood(call: .submit, name: "gzip", answer: .bytes(bomb), state: "UNKNOWN"),
    Flood(
      call: .status, name: "endless", answer: .endless(chunked, part: chunk), state: "STORED"),
    Flood(
      call: .status, name: "slow",
      answer: .drip(head + "\r\n{\"status\": \"COMPLETED\"}", milliseconds: 1000),
      state: "IN_QUEUE"),
    Flood(
      call: .status, name: "large", answer: .http(200, String(repeating: " ", count: 60_000)),
      state: "IN_QUEUE"),
    Flood(
      call: .result, name: "endless", answer: .endless(chunked, part: chunk), state: "IN_QUEUE"),
    Flood(call: .result, name: "gzip", answer: .bytes(bomb), state: "IN_QUEUE"),
    Flood(
      call: .result, name: "6 MB of nothing",
      answer: .http(200, String(repeating: " ", count: 6_000_000)),
      state: "IN_QUEUE"),
    Flood(
      call: .result, name: "6 MB of lists",
      answer: .http(200, "{\"audio\": [" + String(repeating: "[],", count: 1_900_000) + "[]]}"),
      state: "IN_QUEUE"),
    Flood(call: .download, name: "endless", answer: .endless(chunked, part: chunk), state: "HELD"),
    Flood(
      call: .download, name: "slow",
      answer: .drip("\(head)Content-Length: 9999\r\n\r\nRIFF", milliseconds: 1000),
      state: "COMPLETED"),
  ]

  @Test("memory stays flat, and nothing is sent twice", arguments: floods)
  func flood(_ flood: Flood) async throws {
    let stage = try await Stage(["CSM_MAX_AUDIO_BYTES": "20MB", "CSM_GATE_PROBE": "100ms"])
    let count = 64
    // csmd sends nothing new while it cannot read results, so all lines are sent before that begins.
    let sent = Mutex<Set<String>>([])
    let fal = try ScriptedFal { asked in
      if asked.call == .listing { return .http(200, #"{"items": []}"#) }
      if asked.call == .submit { sent.withLock { _ = $0.insert(asked.text) } }
      if asked.call == .status, [.status, .result].contains(flood.call),
        sent.withLock(\.count) < count
      {
        return .http(202, #"{"status": "IN_QUEUE"}"#)
      }
      return asked.call == flood.call ? flood.answer : nil
    }
    let lines = sentences(count).split(separator: "\n").map(String.init)
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)
    // Few downloads run at once, and lost submits and files that are too long soon close a gate.
    let enough = [.download, .submit].contains(flood.call) ? 8 : count
    try await eventually("\(enough) lines met it") {
      lines.count { fal.calls(flood.call, $0) > 0 } >= enough
    }
    try await eventually("the lines wait") {
      try await stage.states()[flood.state] ?? 0 >= enough
    }
    let peak = try #require(daemon.peakMemory)
    #expect(peak < 64 << 20, "\(peak >> 20) MiB")
    // Read once: csmd goes on, and may send a line between two readings.
    let posts = fal.posts
    #expect(Set(posts).count == posts.count, "\(posts.sorted())")
  }

  @Test("audio inside every result is read one by one, within the bound")
  func dataURIs() async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { $0.call == .result ? .http(200, Self.longResult) : nil }
    let count = 8
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)
    var peak = 0
    try await eventually("all are stored") {
      peak = max(peak, daemon.peakMemory ?? 0)
      return try await stage.states() == ["STORED": count]
    }
    // Such a result has 6 MB, and is copied when it is read, kept and decoded.
    #expect(peak < 80 << 20, "\(peak >> 20) MiB")
    #expect(fal.posts.count == count)
    try await stage.demandSoundStore()
  }

  @Test("a listing of many pages is read within the bound, and finds the lost line on the last one")
  func listing() async throws {
    let stage = try await Stage()
    let filler = (0..<100).map { number in
      #"{"request_id": "r\#(number)", "sent_at": "2026-11-25T00:00:00Z", "json_input": {"scene": "#
        + #"[{"text": "\#(String(repeating: "x", count: 36_000))", "speaker_id": 0}]}}"#
    }.joined(separator: ",")
    let pages = 40
    let fal = try ScriptedFal { asked in
      switch asked.call {
      case .submit: .close
      case .listing where asked.number % pages != 0:
        .http(200, #"{"items": [\#(filler)], "next_cursor": "\#(asked.number)", "has_more": true}"#)
      default: nil
      }
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    var peak = 0
    try await eventually("all are stored") {
      peak = max(peak, daemon.peakMemory ?? 0)
      return try await stage.states() == ["STORED": 3]
    }
    #expect(peak < 64 << 20, "\(peak >> 20) MiB")
    #expect(fal.posts.count == 3)
  }
}
