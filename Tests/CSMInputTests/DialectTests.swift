import CSMCore
import CSMInput
import Testing

@Suite("Dialects of other programs")
struct DialectTests {
  private func cue(_ words: String) -> Reading {
    Reading("1\n00:00:01,000 --> 00:00:02,000\n\(words)\n", .srt)
  }

  @Test("a header with another separator than the rows is refused")
  func otherSeparator() {
    let mixed = Reading("id,text\n1;Hello, there\n2;Well, no, yes\n", .csv)
    #expect(mixed.sent == [])
    #expect(
      mixed.refusal?.reason
        == "the header has a comma between its cells, but each row has a semicolon: use the same in both"
    )
    #expect(Reading("text,id\nYes; go on,a\n", .csv).ids == ["a"])
    #expect(Reading("id,text\na,Yes;no\nb,No;no\n", .csv).ids == ["a", "b"])
    #expect(Reading("id;text\n1,Hello; there\n", .csv).refusal?.reason.contains("a comma") == true)
  }

  @Test("columns of data sets are recognised by name, in tables and JSON")
  func columns() {
    let table = Reading("audio_file|text|speaker_name\nw/a1.wav|Hello you.|Anna\n", .psv)
    #expect(table.ids == ["w/a1"] && table.lines.first?.speaker == "Anna")
    #expect(Reading("id,transcript\na,Hello you.\n", .csv).sent == ["Hello you."])
    let row = #"{"audio_file": "w/a1.wav", "text": "Hello you.", "speaker_name": "Anna"}"#
    let json = Reading(row, .jsonl)
    #expect(json.ids == ["w/a1"] && json.lines.first?.speaker == "Anna")
  }

  @Test("line breaks, spaces, drawings and ruby of subtitles are not spoken")
  func marks() {
    #expect(cue(#"One\Ntwo\hthree."#).sent == ["One two three."])
    let drawing = cue(#"{\p1}m 0 0 l 100 0 100 100{\p0}Words here."#)
    #expect(drawing.sent == ["Words here."])
    #expect(drawing.warnings.map(\.code).contains("W-TAG"))
    let alone = cue("m 0 0 l 100 0 100 100 b -1.5 2 3 4 5 6")
    #expect(alone.lines == [] && alone.rejections == [])
    #expect(alone.warnings.map(\.code) == ["W-TAG"])
    #expect(cue("m 0 0 is said.").sent == ["m 0 0 is said."])
    #expect(
      cue("<ruby>base<rp>(</rp><rt>reading</rt><rp>)</rp> so</ruby> on.").sent == ["base so on."])
    #expect(cue("<ruby>one<rt>two</ruby> three.").sent == ["one three."])
  }

  @Test("roll-up captions are reported once")
  func rolling() {
    func captions(_ rows: [String]) -> Reading {
      let cues = rows.indices.dropLast().map { place in
        "00:00:0\(place).000 --> 00:00:0\(place + 1).000\n\(rows[place])\n\(rows[place + 1])\n\n"
      }
      return Reading("WEBVTT\n\n" + cues.joined(), .vtt)
    }
    let rows = [
      "we are", "on our<00:00:01.500><c> way</c>", "to see", "the wizard", "of the", "land",
    ]
    let told = captions(rows).warnings.filter { $0.code == "W-CUE" }
    #expect(told.count == 1 && told.first?.text.contains("twice") == true)
    #expect(captions(["No.", "So?"]).warnings.filter { $0.code == "W-CUE" } == [])
  }

  @Test("traces of a wrong encoding are reported")
  func mojibake() {
    for text in ["f\u{FFFD}r alle", "fÃ¼r alle", "itâ€™s here", "5Â°C here"] {
      let told = Reading(text + "\n", .lines).warnings.filter { $0.code == "W-ENCODING" }
      #expect(told.count == 1, "\(text)")
    }
    for text in ["São Paulo", "Â la carte", "für alle", "é", "PÃO"] {
      #expect(!Reading(text + "\n", .lines).warnings.map(\.code).contains("W-ENCODING"), "\(text)")
    }
  }

  @Test("JSON on several lines, or with commas after objects, is reported once")
  func json() {
    for text in [
      "{\n  \"text\": \"One.\"\n}\n", "[\n{\"text\": \"One.\"}\n]\n",
      "{\"text\": \"One.\"},\n{\"text\": \"Two.\"}\n", "[{\"text\": \"One.\"}]\n",
    ] {
      let reading = Reading(text, .jsonl)
      #expect(reading.refusal?.reason.contains("--as json") == true, "\(text)")
      #expect(reading.rejections == [] && reading.lines == [], "\(text)")
      #expect(Reading(text, .json).rejections == [], "\(text)")
    }
    let chat = Reading(#"{"messages": [{"role": "user", "content": "Hi."}]}"#, .jsonl)
    #expect(chat.refusal?.reason.contains("unknown kind of object (messages)") == true)
    let later = "{\"text\": \"Hi there.\"}\n{\"messages\": []}\n"
    #expect(
      Reading(later, .jsonl).rejections.first?.reason
        == "the line has an unknown key \"messages\"")
    #expect(Reading("{\"id\": 1, \"messages\": []}", .json).refusal != nil)
    #expect(Reading("{\"txt\": \"Hi there.\"}", .jsonl).refusal == nil)
  }
}
