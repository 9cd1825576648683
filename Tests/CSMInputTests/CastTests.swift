import CSMCore
import CSMInput
import Testing

@Suite("Casts")
struct CastTests {
  @Test("a file gives voices, speaker ids, and a voice for everybody else")
  func file() throws {
    let roles = try CastFile.read(
      "[cast]\nAnna = \"anna\"\n\"First Citizen\" = { voice = \"ben\", speaker_id = 3 }\n\"*\" = \"ben\"\n"
    )
    #expect(roles.map(\.name) == ["*", "Anna", "First Citizen"])
    var cast = Cast(voices: [voice("anna"), voice("ben")])
    let problems = roles.compactMap { cast.assign($0.name, $0.role) }
    #expect(problems == [])
    let reading = Reading("Anna: One.\nFirst Citizen: Two.\nZoe: Three.\n", .script) {
      $0.cast = cast
    }
    #expect(reading.turns == ["0: One.", "3: Two.", "1: Three."])
    #expect(
      reading.lines[0].request.context == [
        voice("anna").context(as: 0), voice("ben").context(as: 1), voice("ben").context(as: 3),
      ])
  }

  @Test(
    "a file may be written as TOML allows: CRLF, comments, quotes, dotted keys, tables of its own")
  func forms() throws {
    let roles = try CastFile.read(
      "\u{FEFF}# who is who\r\n[ cast ] # voices\r\n\r\n'Old # Man' = \"\\u0061nna\"\r\n"
        + "Ben.voice = 'ben'\r\nBen.speaker_id = 3\r\n[cast.\"Zoë\"]\r\nvoice=\"zoe\"")
    #expect(roles.map(\.name) == ["Ben", "Old # Man", "Zoë"])
    #expect(roles.map(\.role.voice) == ["ben", "anna", "zoe"])
    #expect(roles.map(\.role.speakerID) == [3, nil, nil])
  }

  @Test("two names with one voice are one speaker with one clip, unless they were given ids")
  func shared() {
    let script = "Anna: One.\nAll: Two.\nBen: Three.\n"
    let reading = Reading(script, .script) { $0.cast("Anna=anna", "All=anna", "Ben=ben") }
    #expect(reading.turns == ["0: One.", "0: Two.", "1: Three."])
    #expect(
      reading.lines[0].request.context == [
        voice("anna").context(as: 0), voice("ben").context(as: 1),
      ])
    #expect(reading.lines[0].speaker == nil && reading.lines[0].voice == nil)
    let two = Reading("Anna: One.\nAll: Two.\n", .script) { $0.cast("Anna=anna", "All=anna") }
    #expect(two.lines[0].speaker == nil && two.lines[0].voice == "anna")
    let nobody = Reading(script, .script) { $0.cast.isAutomatic = true }
    #expect(nobody.turns == ["0: One.", "1: Two.", "2: Three."])
  }

  @Test(
    "errors in a file are reported",
    arguments: [
      ("Anna = \"anna\"", "[cast]"), ("[cast]\nAnna = 1", "Anna must be"), ("[cast]\nAnna = ", ""),
      ("[cast]\nAnna = { vioce = \"a\" }", "vioce"),
      ("[cast]\nA = { voice = 1 }", "must be a string"),
      ("[cast]\nA = { speaker_id = \"1\" }", "whole number"), ("\0", "not a line"),
      ("cast = 1", "[cast]"),
      ("[cast]\n[= 1", ""), ("[cast]\n[[ ", ""), ("[cast]\n[[[a]]]", ""), ("[cast]\n[\n]", ""),
      ("[cast]\n\u{A0}[\u{2003}[é]]", ""), ("[cast]\nA = [}", ""), ("[cast]\nA = [ \"a\" ]", ""),
      ("[cast]\nA = 2026-01-01 ,", ""), ("[cast]\nA = { voice = \"a\", }", ""),
      ("[cast]\nZoë = \"a\"", ""), ("[cast]\nA = \"\\q\"", ""),
      ("[cast]\nA = \"a\"\nA = \"b\"", "redefine"),
    ])
  func syntaxErrors(_ text: String, _ words: String) {
    do {
      _ = try CastFile.read(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(words.isEmpty ? error.line == 2 : error.reason.contains(words), "\(error)")
    }
  }

  @Test("a missing voice and an id out of range are rejected with a hint")
  func unknown() {
    var cast = Cast(voices: [voice("anna")])
    let near = cast.assign("Anna", .init(voice: "anne"))
    #expect(near?.contains(#"did you mean "anna"?"#) == true)
    let far = cast.assign("Anna", .init(voice: "zzz"))
    #expect(far?.contains("csm-enqueue voice add zzz") == true)
    let high = cast.assign("Anna", .init(voice: nil, speakerID: 10))
    #expect(high?.contains("0 to 9") == true)
    let reading = Reading("@cast Anna = bob\nAnna: Hi.\n", .script) { $0.cast = cast }
    #expect(reading.rejections.first?.code == .voice)
  }

  @Test("an unknown speaker is quoted for the shell in the advice")
  func unknownSpeaker() {
    let reading = Reading("Anna O'Hara: Hi.\n", .script) {
      $0.cast = Cast(voices: [voice("anna")])
    }
    let reason = reading.rejections.first?.reason
    #expect(
      reason?.contains(#"Use --voice 'Anna O'\''Hara=VOICE', add"#) == true, "\(reading)")
  }

  @Test("two voices with the same speaker id are rejected in one scene, but not in two")
  func oneID() {
    func cast(_ options: inout Composer.Options) {
      options.cast = Cast(voices: [voice("anna"), voice("ben")])
      for name in ["anna", "ben"] {
        #expect(options.cast.assign(name, .init(voice: name, speakerID: 1)) == nil)
      }
    }
    let mixed = Reading("anna: One.\nben: Two.\n", .script, cast)
    #expect(mixed.lines.isEmpty && mixed.rejections.map(\.line) == [2])
    #expect(
      mixed.rejections.first?.reason.contains("anna and ben have the same speaker id 1") == true)
    #expect(Reading("anna: One.\n---\nben: Two.\n", .script, cast).turns == ["1: One.", "1: Two."])
    let chain = Reading("anna: One.\nben: Two.\n---\nben: Three.\n", .script) {
      cast(&$0)
      $0.isPerTurn = true
      $0.chain = 1
    }
    #expect(chain.turns == ["1: One.", "1: Three."])
    #expect(chain.rejections.map(\.line) == [2])
  }

  @Test("roles from outside take precedence over those in a script")
  func precedence() {
    let script = "@cast Anna = anna\n@cast Ben = ben\nAnna: One.\nBen: Two.\n"
    let reading = Reading(script, .script) { $0.cast("Anna=zoe", "anna", "ben", "zoe") }
    #expect(reading.lines.first?.request.context.map(\.prompt).count == 2)
    #expect(reading.lines.first?.request.context.first == voice("zoe").context(as: 0))
  }

  @Test("speakers without a voice are reported once, with a count")
  func voiceless() {
    let reading = Reading("speaker,text\nA,One.\nB,Two.\nA,Three.\n", .csv)
    #expect(reading.warnings.map(\.code) == ["W-NOVOICE"])
    #expect(reading.warnings.first?.text.contains("A (2), B (1)") == true)
    let spoken = Reading("speaker,text\nA,One.\n", .csv) { $0.cast("anna") }
    #expect(spoken.warnings == [])
    #expect(spoken.lines.first?.voice == "anna")
  }
}
