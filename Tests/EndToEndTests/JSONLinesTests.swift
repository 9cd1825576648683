import Foundation
import Testing

@Suite("Adding lines of JSON")
struct JSONLinesTests {
  @Test("text with id, speaker and meta, and fal's own body, are spoken as written")
  func goodLines() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(
      """
      {"text": "First.", "id": "intro", "speaker": 1, "meta": {"page": 1}}
      {"scene": [{"text": "Second.", "speaker_id": 0}, {"text": "Third.", "speaker_id": 1}]}
      {"scene": [{"text": "Fourth.", "speaker_id": 0}], "context": [{"prompt": "Hm.", "audio_url": "https://example.com/a.wav", "speaker_id": 0}]}
      """, to: "a.jsonl")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 0, "\(added.stderr)")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().sorted() == ["First.", "Fourth.", "Second. Third."])
    let lines = try await stage.lines()
    #expect(lines.compactMap { $0["line"] as? String } == ["intro", "L2", "L3"])
    #expect(lines.first?["speaker"] as? Int == 1)
    #expect(lines.compactMap { $0["state"] as? String } == ["STORED", "STORED", "STORED"])
  }

  /// Lines that are refused, and a part of their error.
  static let badLines: [(String, String)] = [
    (
      #"{"txt": "Hello."}"#,
      #":2: E-FIELD: the line has an unknown key "txt": did you mean "text"?"#
    ),
    (#"{"text": "Hello.", "speeker": 1}"#, #"did you mean "speaker"?"#),
    (#"{"text": 7}"#, #""text" must be a string, not a number"#),
    (#"{"text": "Hello.", "speaker_id": 10}"#, #""speaker_id" must be a number from 0 to 9"#),
    (#"{"text": "Hello.", "voice": "anna"}"#, #"there is no voice "anna""#),
    (#"{"text": "Hello.", "meta": [1]}"#, #""meta" must be an object"#),
    (#"{"text": "Hello.", "id": ""}"#, "an id must have 1 to 200 bytes"),
    (#"{"scene": []}"#, #""scene" must be a list of at least one turn"#),
    (
      #"{"scene": [{"text": "a", "speaker": 0, "pitch": 1}]}"#,
      #"a turn has an unknown key "pitch""#
    ),
    (#"{"text": "a\u0000b"}"#, "a NUL character cannot be spoken"),
    (#"{"text": "..."}"#, "there is no letter or digit to speak"),
    (#"["Hello."]"#, "the line must be a JSON object, not a list"),
    (#"{"text": "Hello."#, "this is not JSON"),
    (#"{"id": "x"}"#, #"neither "text" nor "scene""#),
  ]

  @Test("an invalid line is refused with the reason", arguments: badLines)
  func badLine(_ line: String, _ complaint: String) async throws {
    let stage = try await Stage()
    let file = try stage.write(#"{"text": "Good."}"# + "\n\(line)\n", to: "a.jsonl")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 1)
    #expect(added.stderr.hasPrefix("\(file):2:"))
    #expect(added.stderr.contains(complaint), "\(added.stderr)")
    #expect(try await stage.states() == ["QUEUED": 1])
  }

  @Test(
    "new words under the same id replace those of a waiting line, or are spoken anew")
  func changedWords() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(#"{"text": "Old.", "id": "one"}"#, to: "a.jsonl")
    #expect(try await stage.enqueue("add", file).status == 0)
    try stage.write(#"{"text": "New.", "id": "one"}"#, to: "a.jsonl")
    let changed = try await stage.enqueue("add", file)
    #expect(changed.status == 0)
    #expect(changed.stdout.contains("1 queued, 1 changed"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted() == ["New."])
    #expect(try await stage.enqueue("export", "a", "--to", stage("audio")).status == 0)

    try stage.write(#"{"text": "Newer and longer.", "id": "one"}"#, to: "a.jsonl")
    #expect(try await stage.enqueue("add", file).status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted() == ["New.", "Newer and longer."])
    #expect(try await stage.lines().compactMap { $0["text"] as? String } == ["Newer and longer."])
    let export = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(export.stdout.contains("1 replaced"))
    #expect(stage.names(stage("audio")) == ["manifest.jsonl", "one.wav"])
  }

  @Test("an id that occurs twice in a file with different words is refused both times")
  func repeatedID() async throws {
    let stage = try await Stage()
    let file = try stage.write(
      #"{"text": "One.", "id": "x"}"# + "\n" + #"{"text": "Two.", "id": "x"}"#, to: "a.jsonl")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 1)
    for line in [1, 2] {
      #expect(added.stderr.contains("\(file):\(line):1: E-DUPID:"), "\(added.stderr)")
    }
    #expect(try await stage.lines().isEmpty)
    // Even if one of the two cannot be spoken.
    try stage.write(
      #"{"text": "...", "id": "x"}"# + "\n" + #"{"text": "Two.", "id": "x"}"#, to: "a.jsonl")
    let rejected = try await stage.enqueue("add", file)
    #expect(rejected.stdout.contains("2 lines read, 0 queued, 2 rejected"), "\(rejected)")
    #expect(rejected.stderr.contains("\(file):2:1: E-DUPID:"), "\(rejected.stderr)")
    #expect(try await stage.lines().isEmpty)
  }
}
