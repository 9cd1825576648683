import CSMCore
import CSMInput
import Testing

@Suite("Dialogues and subtitles")
struct DialogueTests {
  @Test("a script has a cast, scenes, ids, continued lines and protected colons")
  func script() throws {
    let reading = try Reading(fixture: "episode.script") {
      $0.cast = Cast(voices: [voice("anna"), voice("ben")])
    }
    #expect(reading.rejections == [])
    #expect(reading.ids == ["cold-open", "scene-1"])
    #expect(
      reading.turns == [
        "0: Did you hear that? It came from below.", "1: Hear what? Note: the door is open.",
        "0: Let us go.", "1: After you.",
      ])
    #expect(reading.lines[0].request.context.map(\.speakerID) == [0, 1])
    #expect(reading.lines[0].request.context[0] == voice("anna").context(as: 0))
    #expect(reading.warnings == [])
  }

  @Test("turn by turn each has its own voice, id, scene and number")
  func perTurn() throws {
    let reading = try Reading(fixture: "episode.script") {
      $0.cast = Cast(voices: [voice("anna"), voice("ben")])
      $0.isPerTurn = true
    }
    #expect(reading.ids == ["cold-open/001-Anna", "b1", "scene-1/001-Anna", "scene-1/002-Ben"])
    #expect(reading.lines.map(\.turn) == [1, 2, 1, 2])
    #expect(reading.lines.map(\.voice) == ["anna", "ben", "anna", "ben"])
    #expect(reading.lines.allSatisfy { $0.request.context.count == 1 })
    #expect(reading.lines.allSatisfy { $0.request.scene[0].speakerID == 0 })
  }

  @Test("in a chain, a speaker keeps the same id throughout the scene")
  func chain() throws {
    let reading = try Reading(fixture: "episode.script") {
      $0.cast = Cast(voices: [voice("anna"), voice("ben")])
      $0.isPerTurn = true
      $0.chain = 2
    }
    #expect(reading.lines.map { $0.request.scene[0].speakerID } == [0, 1, 0, 1])
    #expect(reading.lines.map { $0.request.context[0].speakerID } == [0, 1, 0, 1])
  }

  @Test("in a chain, turns without a speaker have an id that no named speaker has")
  func unnamedTurns() {
    let words = "s,,It was night."
    let anna = "s,Anna,Who is there?"
    for rows in [[words, anna, words, anna], [anna, words, anna, words]] {
      let table = (["scene,speaker,text"] + rows).joined(separator: "\n")
      let reading = Reading(table, .csv) {
        $0.cast("narrator", "Anna=anna")
        $0.isPerTurn = true
        $0.chain = 2
      }
      #expect(reading.rejections == [])
      #expect(reading.lines.map { $0.request.scene[0].speakerID } == [0, 1, 0, 1])
      #expect(reading.lines.map { $0.request.context[0].speakerID } == [0, 1, 0, 1])
    }
  }

  @Test("in a chain, names avoid the ids that the author gave; an id with two voices is rejected")
  func givenIDs() {
    func read(_ turns: String) -> Reading {
      Reading(#"{"scene": [\#(turns)]}"#, .jsonl) {
        $0.cast = Cast(voices: [voice("anna"), voice("ben")])
        $0.isPerTurn = true
        $0.chain = 1
      }
    }
    let anna = #"{"text": "One.", "speaker": "anna"}"#
    let ben = #"{"text": "Two.", "speaker_id": 0, "voice": "ben"}"#
    #expect(read("\(ben), \(anna), \(ben)").turns == ["0: Two.", "1: One.", "0: Two."])
    let mixed = read("\(anna), \(ben), \(anna)")
    #expect(mixed.turns == ["0: One.", "0: One."])
    let reason = mixed.rejections.first?.reason
    #expect(reason?.contains("anna and ben have the same speaker id 0") == true)
  }

  @Test("with more speakers than ids, whoever was silent for longest loses theirs")
  func manySpeakers() {
    let script = (0..<12).map { "P\(Character(Unicode.Scalar(UInt8(65 + $0)))): Words.\n" }
    let reading = Reading(script.joined(), .script) {
      $0.cast.isAutomatic = true
      $0.isPerTurn = true
      $0.chain = 2
    }
    #expect(reading.lines.map { $0.request.scene[0].speakerID } == Array(0...9) + [0, 1])
    let scene = Reading(script.joined(), .script) { $0.cast.isAutomatic = true }
    #expect(scene.ids == ["scene-1.01", "scene-1.02"])
    #expect(scene.lines.map(\.request.scene.count) == [10, 2])
  }

  @Test("headings, breaks and comments do not count as blank lines")
  func marks() {
    let reading = Reading("## one\n// so\nAnna: Hi.\n\n---\nAnna: Ho.\n", .script) {
      $0.cast.isAutomatic = true
    }
    #expect(reading.lines.count == 2)
    #expect(reading.results.count { $0 == .blank } == 1)
  }

  @Test("a heading's words make the scene's id; an invalid id is rejected as a heading")
  func headings() {
    let reading = Reading(
      "## Act 1, Scene 2\nAnna: Hi.\n\n##  Act 1\tScene 2 \nAnna: Ho.\n---\nAnna: Ha.\n", .script
    ) { $0.cast.isAutomatic = true }
    #expect(reading.ids == ["Act-1-Scene-2", "scene-1"])
    let texts = reading.rejections.map(\.reason)
    #expect(texts.count == 2)
    #expect(texts[0].contains("this heading cannot be a scene's id"))
    #expect(texts[1].contains("the scene Act 1, Scene 2 is not queued"))
  }

  @Test("podvoice's blocks run to the next bracket, over blank lines and colons")
  func podvoice() throws {
    let reading = try Reading(fixture: "podvoice.md", as: .script) { $0.cast.isAutomatic = true }
    #expect(
      reading.turns == [
        "0: Welcome to the show. Note: this is still the host. A second paragraph.",
        "1: Thank you for having me.",
      ])
  }

  @Test("podcastfy's tags are turns, over several lines and several on one line")
  func podcastfy() throws {
    let reading = try Reading(fixture: "podcastfy.txt", as: .podcastfy) {
      $0.cast.isAutomatic = true
    }
    #expect(
      reading.turns == [
        "0: Welcome to the show!", "1: Thanks. It is good to be here.", "0: Shall we begin?",
      ])
  }

  @Test("all unknown speakers are reported with their lines, and only their scene is rejected")
  func unknownSpeakers() {
    let script =
      "## a\nAnna: Hi.\n## b\nAnna: Ho.\nNote: keep this.\nMary: No.\nNote: And this.\n## c\nAnna: Hu.\n"
    let reading = Reading(script, .script) { $0.cast("Anna=anna") }
    #expect(reading.ids == ["a", "c"])
    #expect(reading.results.count { $0 == .refused } == 1)
    #expect(reading.rejections.map(\.code) == [.cast, .cast])
    #expect(reading.rejections.map(\.line) == [5, 6])
    #expect(reading.rejections[0].reason.contains("2 times, on lines 5, 7"))
    #expect(reading.rejections[0].reason.contains(#"write \Note: …"#))
  }

  @Test("an invalid line is reported, and its scene rejected")
  func stray() {
    let reading = Reading("A: One.\nJust words.\nB: Two.\n---\nA: Three.\n", .script) {
      $0.cast.isAutomatic = true
    }
    #expect(reading.sent == ["Three."])
    #expect(reading.rejections.map(\.line) == [2, 1])
    #expect(reading.rejections[0].reason.contains("Name: words"))
  }

  @Test("a script without a turn is refused; an empty one is not")
  func noTurns() {
    #expect(Reading("Just words.\n", .script).refusal?.reason.contains("no turn") == true)
    #expect(Reading("Just words.\n", .podcastfy).refusal?.reason.contains("no turn") == true)
    #expect(Reading("", .script).refusal == nil)
  }

  @Test("a noise in brackets is not a speaker; a silent turn is left out of its scene")
  func noises() {
    let reading = Reading("A: One.\n[laughs]\n[pause 2s]\nB: ...\nA: Two.\n", .script) {
      $0.cast.isAutomatic = true
    }
    #expect(reading.turns == ["0: One.", "0: Two."])
    #expect(reading.warnings.map(\.code).prefix(3) == ["W-SSML", "W-SSML", "W-EMPTY"])
  }

  @Test("a long scene is split between turns to fit CSM's limits, each part with its voices")
  func longScene() {
    let words = String(repeating: "Some words to fill this turn with sound. ", count: 6)
    let script = (1...20).map { "\($0 % 2 == 0 ? "Anna" : "Ben"): \(words)\n" }.joined()
    let reading = Reading(script, .script) { $0.cast("Anna=anna", "Ben=ben") }
    #expect(reading.lines.count > 3)
    #expect(reading.ids.first == "scene-1.01")
    #expect(reading.lines.allSatisfy { $0.request.context.map(\.speakerID) == [0, 1] })
    for line in reading.lines {
      let clips = line.request.context.reduce(into: SpeechExtent()) {
        $0 += SpeechExtent(clip: $1.prompt)
      }
      let all = line.request.scene.reduce(into: clips) {
        $0 += SpeechExtent(turn: $1.text.unicodeScalars.count)
      }
      #expect(all.fits)
    }
    let spoken = reading.lines.map(\.request.text).joined(separator: " ")
    #expect(spoken == Array(repeating: words.dropLast(), count: 20).joined(separator: " "))
  }

  @Test("SRT cues have their number as id, and keep their times")
  func srt() throws {
    let reading = try Reading(fixture: "film.srt")
    #expect(reading.ids == ["1", "2"])
    #expect(reading.sent == ["Hello there, old friend.", "Goodbye."])
    #expect(reading.lines[0].meta == #"{"end":"00:00:02.500","start":"00:00:01.000"}"#)
    #expect(reading.rejections == [])
  }

  @Test("VTT cues have names and speakers; notes are skipped, tags removed")
  func vtt() throws {
    let reading = try Reading(fixture: "talk.vtt")
    #expect(reading.ids == ["intro", "2"])
    #expect(reading.sent == ["We are in & out.", "Just this."])
    #expect(reading.lines[0].speaker == "Roger Bingham")
    #expect(reading.rejections == [])
  }
}
