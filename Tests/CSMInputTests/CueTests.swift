import CSMCore
import CSMInput
import Testing

@Suite("Subtitles")
struct CueTests {
  private func at(_ second: Int) -> String { "00:00:0\(second),000 --> 00:00:0\(second),900" }

  @Test("cues need no blank line between them")
  func noBlankLine() {
    let reading = Reading("1\n\(at(1))\nHello.\n2\n\(at(2))\nTo you.\n\n3\n\(at(3))\nBye.\n", .srt)
    #expect(reading.ids == ["1", "2", "3"])
    #expect(reading.sent == ["Hello.", "To you.", "Bye."])
    #expect(reading.rejections == [])
    let talk = "WEBVTT\n00:01.000 --> 00:02.000\nHello.\n00:02.000 --> 00:03.000\n42\n"
    let unnumbered = Reading(talk + "00:03.000 --> 00:04.000\nBye.\n", .vtt)
    #expect(unnumbered.sent == ["Hello.", "42.", "Bye."])
    #expect(unnumbered.ids == ["1", "2", "3"])
  }

  @Test(
    "broken or invalid times are reported and never spoken",
    arguments: [
      "00:00:02,000 -->\n00:00:02,900", "00:00:02,000\n--> 00:00:02,900", "00:00:02,000 --> ",
      "00:00:02,000 -> 00:00:02,900", "00:00:02,000 --> 00:00", "00:00:02,000\n00:00:02,900",
    ])
  func brokenTimes(_ times: String) {
    for end in ["\n\n", "\n"] {
      let film = "1\n\(at(1))\nHello.\(end)2\n\(times)\nLost.\(end)3\n\(at(3))\nBye.\n"
      let reading = Reading(film, .srt)
      #expect(reading.sent == ["Hello.", "Bye."], "\(film)")
      #expect(reading.ids == ["1", "3"], "\(film)")
      #expect(reading.rejections.count == 1, "\(film) \(reading.rejections)")
      #expect(reading.rejections.first?.line == (end == "\n" ? 4 : 5), "\(film)")
    }
  }

  @Test("an arrow in the words does not make a time")
  func arrow() {
    #expect(Reading("1\n\(at(1))\nA --> B is a step.\n", .srt).sent == ["A --> B is a step."])
  }

  @Test("words after a blank line belong to their cue, with a warning")
  func blankWithin() {
    let reading = Reading("1\n\(at(1))\nHello.\n\nAnd more.\n\n2\n\(at(2))\nBye.\n", .srt)
    #expect(reading.sent == ["Hello. And more.", "Bye."])
    #expect(reading.warnings.map(\.code).first == "W-CUE")
    #expect(reading.warnings.first?.line == 5)
    let talk = Reading("WEBVTT\n\n00:01.000 --> 00:02.000\n\nHello.\n", .vtt)
    #expect(talk.sent == ["Hello."])
  }

  @Test("words before the first cue are reported")
  func before() {
    let reading = Reading("Made by me.\n\n1\n\(at(1))\nHello.\n", .srt)
    #expect(reading.sent == ["Hello."])
    #expect(reading.rejections.map(\.line) == [1])
  }

  @Test("words in place of a number are not spoken, nor used as an id")
  func wordsForNumber() {
    let reading = Reading("1\n\(at(1))\nHello.\n\nAnd more.\n\(at(2))\nBye.\n", .srt)
    #expect(reading.sent == ["Hello.", "Bye."])
    #expect(reading.rejections.map(\.line) == [5])
    #expect(Reading("WEBVTT\n\nAnd more\n00:01.000 --> 00:02.000\nHi.\n", .vtt).ids == ["And more"])
  }

  @Test("ids stay unique when numbers start again")
  func numbersAgain() {
    let part = "1\n\(at(1))\nOne.\n\n2\n\(at(2))\nTwo.\n\n"
    let reading = Reading(part + part.replacing("One", with: "Three") + part, .srt)
    #expect(reading.ids == ["1", "2", "2-1", "2-2", "3-1", "3-2"])
    #expect(reading.warnings.filter { $0.code == "W-CUE" }.map(\.line) == [9, 17])
    let twice = Reading("1\n\(at(1))\nOne.\n\n1\n\(at(2))\nTwo.\n\n2\n\(at(3))\nThree.\n", .srt)
    #expect(twice.ids == ["1", "2-1", "2-2"])
  }

  @Test("VTT: entities, classes, several voices, known and unknown tags")
  func marks() {
    func vtt(_ words: String) -> Reading {
      Reading("WEBVTT\n\n00:01.000 --> 00:02.000\n\(words)\n", .vtt)
    }
    #expect(
      vtt("Say &quot;no&quot; &#39;now&#x27; &amp;lt; &nope; so").sent == [
        #"Say "no" 'now' &lt; &nope; so."#
      ])
    let loud = vtt("<v.loud.first Mary Lee>Help!</v>")
    #expect(loud.lines.first?.speaker == "Mary Lee" && loud.sent == ["Help!"])
    let both = vtt("<v Anna>Hi.</v> <v Ben>Ho.")
    #expect(both.turns == ["0: Hi.", "1: Ho."])
    let before = vtt("So: <v Anna>Hi.")
    #expect(before.lines.first?.request.scene.map(\.text) == ["So.", "Hi."])
    #expect(
      vtt("<c>a</c> <c.red.big>b</c> <lang en-GB>c</lang> <00:01.500>d <b>e</b>").sent == [
        "a b c d e."
      ])
    let odd = vtt("<shout>Help!</shout> I <3 you, 2 < 3 > 1")
    #expect(odd.sent == ["Help! I <3 you, 2 < 3 > 1."])
    #expect(odd.warnings.map(\.code).first == "W-TAG")
    #expect(
      Reading("1\n\(at(1))\n<font color=\"red\">Hi</font> {\\an8}you\n", .srt).sent == [
        "Hi you."
      ])
  }

  @Test("notes, styles and regions of VTT are skipped; in SRT they are words")
  func notes() {
    let talk =
      "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE a\nb\n\n00:01.000 --> 00:02.000\nHi.\n"
    #expect(Reading(talk + "\nNOTE the end\n", .vtt).sent == ["Hi."])
    #expect(Reading(talk, .vtt).rejections == [])
    #expect(Reading("1\n\(at(1))\nHi.\n\nNOTE it.\n", .srt).sent == ["Hi. NOTE it."])
  }

  @Test("names of speakers in the words are noticed in any row, after dashes and tags")
  func labels() {
    let cues = ["- ANNA: Hello.\n- BEN: Hi.", "<i>ANNA: It is I.</i>", "You?\n{\\an8}- ANNA: Me."]
    let film = cues.enumerated().map { "\($0 + 1)\n\(at($0 + 1))\n\($1)\n" }
    let told = Reading(film.joined(separator: "\n"), .srt).warnings.filter { $0.code == "W-LABEL" }
    #expect(told.map(\.line) == [1])
    #expect(told.first?.text.contains("\"ANNA:\" begins 3 lines") == true)
    #expect(told.first?.text.contains("<v ANNA>") == true)
    let once = Reading("1\n\(at(1))\nMAN: Hello.\n\n2\n\(at(2))\nNote: no.\n", .srt)
    #expect(!once.warnings.map(\.code).contains("W-LABEL"))
  }
}
