import CSMInput
import Testing

@Suite("Times and numbers of subtitles are not spoken")
struct CueTimesTests {
  private func at(_ second: Int) -> String { "00:00:0\(second),000 --> 00:00:0\(second),900" }

  @Test(
    "an arrow between two times of any kind begins a cue, which is reported",
    arguments: [
      "00:00:03:12 --> 00:00:04:00", "00;00;03;12 --> 00;00;04;00",
      "00:00:03,120 -- > 00:00:04,000",
      "00:00:03,120→00:00:04,000", "00:00:03,120–>00:00:04,000", "00:00:03.120->00:00:04.000 x:1",
      "00:00:03：12 --> 00:00:04：00", "- 00:00:03:12 --> 00:00:04:00", "3:12 --&gt; 4:00",
      "0:00:03.120,0:00:04.000", "00:00:03:12",
    ])
  func boundaries(_ times: String) {
    for end in ["\n\n", "\n"] {
      let film = "1\n\(at(1))\nOne.\(end)2\n\(times)\nTwo.\(end)3\n\(at(5))\nThree.\n"
      let reading = Reading(film, .srt)
      #expect(reading.sent == ["One.", "Three."], "\(film)")
      #expect(reading.rejections.count == 1, "\(film)")
      let bare = Reading("\(at(1))\nOne.\(end)\(times)\nTwo.\(end)\(at(5))\nThree.\n", .srt)
      #expect(bare.sent == ["One.", "Three."], "\(film)")
      #expect(bare.rejections.count == 1, "\(film)")
    }
  }

  @Test("once a WebVTT cue has a number, numbers are ids, even without blank lines")
  func numbers() {
    let cues = "1\n00:00:01.000 --> 00:00:02.000\nOne.\n2\n00:00:03.000 --> 00:00:04.000\nTwo.\n"
    for talk in ["WEBVTT\n\n" + cues, "WEBVTT\n" + cues, cues] {
      let reading = Reading(talk, .vtt)
      #expect(reading.sent == ["One.", "Two."], "\(talk)")
      #expect(reading.ids == ["1", "2"], "\(talk)")
    }
    #expect(Reading("1\n\(at(1))\nOne.\n2\n\(at(2))\nTwo.\n", .vtt).sent == ["One.", "Two."])
  }

  @Test("concatenated files have several headers")
  func headers() {
    let part = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nOne.\n"
    for end in ["", "\n", "\n\u{FEFF}"] {
      let reading = Reading(part + end + part.replacing("One", with: "Two"), .vtt)
      #expect(reading.sent == ["One.", "Two."])
      #expect(reading.ids == ["1", "2-1"])
      #expect(reading.rejections == [])
    }
    let film = "1\n\(at(1))\nOne.\n"
    #expect(Reading(film + "\n\u{FEFF}" + film, .srt).ids == ["1", "2-1"])
    #expect(Reading(film + "WEBVTT is a format.\n", .srt).sent == ["One. WEBVTT is a format."])
  }

  @Test("each cue without times is reported and counted")
  func stray() {
    let film = "1\n\(at(1))\nOne.\n\n2\nTwo.\n\n3\nThree.\n\n4\n\(at(4))\nFour.\n"
    let reading = Reading(film, .srt)
    #expect(reading.sent == ["One.", "Four."])
    #expect(reading.rejections.map(\.line) == [5, 8])
    #expect(Reading("1\nOne.\n\n2\nTwo.\n", .srt).rejections.map(\.line) == [1, 4])
    #expect(Reading("One.\n\nTwo.\n\nThree.\n", .srt).rejections.map(\.line) == [1, 3, 5])
    let broken = "1\n00:00:03:12 --> 00:00:04:00\nOne.\n\n2\nTwo.\n\n"
    #expect(Reading(broken + "3\n\(at(3))\nBye.\n", .srt).rejections.map(\.line) == [1, 5])
  }

  @Test("the character references of HTML 4 are decoded; others are reported")
  func signs() {
    func vtt(_ words: String) -> Reading {
      Reading("WEBVTT\n\n00:01.000 --> 00:02.000\n\(words)\n", .vtt)
    }
    let known = vtt("caf&eacute; &AElig; &yuml; &euro;5 &thetasym; &diams; &Omega;&omega; &and; so")
    #expect(known.sent == ["café Æ ÿ €5 ϑ ♦ Ωω ∧ so."])
    #expect(known.warnings.filter { $0.code == "W-SIGN" } == [])
    let unknown = vtt("Fish &chips; and AT&T; &so on; &#99999999; here")
    let told = unknown.warnings.first { $0.code == "W-SIGN" }
    #expect(told?.line == 3 && told?.text.contains("&chips;") == true)
    let notes = "#separator:tab\n#html:true\n1\tfish &chips; here\n"
    let cards = Reading(notes, .tsv, columns: "id,text")
    #expect(cards.sent == ["fish &chips; here."])
    #expect(cards.warnings.map(\.code).contains("W-SIGN"))
  }
}
