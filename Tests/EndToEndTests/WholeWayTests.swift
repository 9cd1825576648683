import Foundation
import Testing

@Suite("From a file of lines to audio in a folder")
struct WholeWayTests {
  static let fields: Set<String> = [
    "id", "line", "batch", "state", "take", "takes", "former", "request_id", "submits", "attempts",
    "error_class", "error", "text", "sent", "speaker", "voice", "chars", "cost_usd", "digest",
    "path", "bytes", "duration_s", "checks", "check_names", "priority", "created_at", "updated_at",
    "finished_at",
    "source_file", "source_line", "meta", "scene", "turn", "waits_for", "waits_for_lines",
    "added_by", "added_uid", "accepted", "pinned", "reroll", "verdict",
  ]

  @Test("every line becomes a valid WAV under its id, and is paid for once")
  func wholeWay() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(
      "Hello there.\nGood night, friend.\n\nÜber allen Gipfeln.\n", to: "a.txt")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 0)
    #expect(added.stdout.hasPrefix("a: 4 lines read, 3 queued, 1 blank\n"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr)")
    try fal.demandOneRequest(a: ["Hello there.", "Good night, friend.", "Über allen Gipfeln."])
    #expect(try fal.statistics()["key_leaks"] as? Int == 0)
    try await stage.demandSoundStore()

    let export = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(export.status == 0)
    #expect(
      stage.names(stage("audio")) == ["L1.wav", "L2.wav", "L4.wav", "manifest.jsonl"])
    for name in ["L1.wav", "L2.wav", "L4.wav"] {
      #expect(try WAV(stage.bytes(stage("audio/\(name)"))).seconds > 0.5)
    }
    let manifest = try stage.text(stage("audio/manifest.jsonl")).split(separator: "\n")
    #expect(manifest.count == 3)
    for (row, line) in zip(manifest, ["L1", "L2", "L4"]) {
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any])
      #expect(object["id"] as? String == line)
      #expect(object["file"] as? String == "\(line).wav")
      #expect(object["status"] as? String == "STORED")
    }
  }

  @Test("list --json has every field of a line before and after it is spoken, null without a value")
  func everyField() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(
      #"{"text": "Hello.", "id": "one", "meta": {"page": 7}}"#, to: "a.jsonl")
    #expect(try await stage.enqueue("add", file, "--batch", "b", "--priority", "3").status == 0)
    let waiting = try #require(try await stage.lines().first)
    #expect(Set(waiting.keys) == Self.fields)
    #expect(waiting["request_id"] is NSNull)
    #expect(waiting["digest"] is NSNull)
    #expect(waiting["cost_usd"] is NSNull)
    #expect(try await stage.night(fal.settings).status == 0)
    let stored = try #require(try await stage.lines().first)
    #expect(Set(stored.keys) == Self.fields)
    #expect(stored["line"] as? String == "one")
    #expect(stored["batch"] as? String == "b")
    #expect(stored["state"] as? String == "STORED")
    #expect(stored["priority"] as? Int == 3)
    #expect(stored["chars"] as? Int == 6)
    #expect(stored["cost_usd"] as? Double == 0.00018)
    #expect((stored["meta"] as? [String: Int]) == ["page": 7])
    #expect(stored["source_line"] as? Int == 1)
    #expect(stored["error"] is NSNull)
    let finished = try #require(stored["finished_at"] as? String)
    #expect(finished.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
  }
}

/// The facts in a RIFF/WAVE header that players rely on.
struct WAV {
  let seconds: Double

  init(_ bytes: [UInt8]) throws {
    func number(_ place: Int, _ size: Int) -> Int {
      bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    try #require(bytes.count > 44)
    #expect(Array(bytes[0..<4]) == Array("RIFF".utf8))
    #expect(Array(bytes[8..<16]) == Array("WAVEfmt ".utf8))
    #expect(Array(bytes[36..<40]) == Array("data".utf8))
    #expect(number(4, 4) == bytes.count - 8)
    #expect(number(40, 4) == bytes.count - 44)
    #expect(number(22, 2) == 1)
    #expect(number(24, 4) == 24000)
    seconds = Double(number(40, 4)) / Double(number(28, 4))
  }
}
