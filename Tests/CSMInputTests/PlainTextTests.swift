import CSMCore
import CSMInput
import Testing

@Suite("Plain texts that may be something else")
struct PlainTextTests {
  private func codes(_ text: String, _ format: InputFormat = .lines) -> [String] {
    Reading(text, format).warnings.map(\.code).filter { $0 != "W-NOVOICE" }
  }

  @Test("names of speakers are spoken, with a warning")
  func names() {
    let play =
      "ANNA: Hello.\nIt is night.\nBEN: Who is there?\n- ANNA: Me.\nThey go.\nANNA: Come.\n"
    let reading = Reading(play, .lines)
    #expect(reading.sent.first == "ANNA: Hello.")
    let told = reading.warnings.filter { $0.code == "W-LABEL" }
    #expect(told.map(\.line) == [1])
    #expect(told.first?.text.hasPrefix("\"ANNA:\" begins 3 lines") == true)
    #expect(told.first?.text.contains("--as script") == true)
    #expect(codes("Anna: Hello.\nBen: Hi.\nAnna: You?\nBen: Me.\n") == ["W-LABEL"])
    #expect(!Reading(play, .lines, isCertain: true).warnings.map(\.code).contains("W-LABEL"))
  }

  @Test(
    "lists and remarks are no dialogue",
    arguments: [
      "Ingredients: flour.\nTime: an hour.\nServes: four people.\nOven: hot.\n",
      "1. Title: one.\n2. Title: two.\n3. Title: three.\n4. Note: four.\n",
      "Step 1: go.\nStep 2: stop.\nStep 3: look.\nStep 4: run.\n",
      "Monday: rain.\nTuesday: sun.\nWednesday: snow.\nThursday: fog.\n",
      "NOTE: one.\nNOTE: two.\nNOTE: three.\n",
      "At 10:30 we go.\nAt 10:45 too.\nAt 11:00 as well.\n",
      "He said: go.\nShe ran.\nHe said: stop.\nShe sat.\nHe said: look.\n",
    ])
  func lists(_ text: String) {
    #expect(codes(text) == [], "\(text)")
  }

  @Test("a word that is broken at the end of a line is reported, and sent as before")
  func brokenWord() {
    let text = "One.\n\nIt is some-\nthing odd.\n\nTwo-\nand threefold -\nyes.\n"
    let reading = Reading(text, .paragraphs)
    #expect(reading.sent == ["One.", "It is some- thing odd.", "Two- and threefold - yes."])
    let told = reading.warnings.filter { $0.code == "W-HYPHEN" }
    #expect(told.map(\.line) == [3])
    #expect(told.first?.text.hasPrefix("\"some- thing\" is broken") == true)
    let film = "1\n00:00:01,000 --> 00:00:02,000\nIt is some-\nthing.\n"
    #expect(codes(film, .srt) == ["W-HYPHEN"])
    #expect(codes(film.replacing("some-\nthing", with: "so-\n- What?"), .srt) == [])
  }

  @Test("of e-books one after the other, only the books are spoken, with a warning")
  func licence() {
    let name = "PROJECT GUTENBERG EBOOK"
    func book(_ title: String, _ words: String) -> String {
      "The Project Gutenberg eBook of \(title)\n\nYou may copy it.\n\n*** START OF THE \(name) "
        + "\(title) ***\n\n\(words)\n*** END OF THE \(name) \(title) ***\n\nSection 1. Terms.\n\n"
    }
    let long = "A TITLE THAT\nIS LONG"
    let text = book("ONE", "First words.") + book(long, "Second words.\nEnd of Project Gutenberg's")
    for format in [InputFormat.lines, .paragraphs] {
      let reading = Reading(text, format)
      #expect(reading.sent == ["First words.", "Second words."])
      let told = reading.warnings.filter { $0.code == "W-LICENCE" }
      #expect(told.map(\.line) == [1, 8, 21])
      #expect(told.first?.text.contains("--as \(format.rawValue) reads it too") == true)
      let all = Reading(text, format, isCertain: true).sent
      #expect(all.contains { $0.contains("You may copy it.") })
    }
    let end = "subscribe to our email newsletter to hear about new eBooks.\n\n"
    let own =
      book("ONE", "First words.") + end + book("TWO", "Second words.") + end + "My own words."
    #expect(Reading(own, .lines).sent == ["First words.", "Second words.", "My own words."])
    let cut = "*** START OF THE \(name) ONE\n1\n2\n3\nFirst words.\nSecond words.\n"
    #expect(Reading(cut, .lines).sent == ["First words.", "Second words."])
    let words = "We read it.\n*** A START OF SORTS ***\nProject Gutenberg has it.\n"
    #expect(Reading(words, .lines).sent.count == 3)
  }

  @Test("a table is noticed although a line has another number of its separator")
  func unevenTable() {
    let rows = (1...9).map { "LJ001-000\($0)|Printing, in the only sense." }
    for other in ["LJ001-0010|One|two.", "No separator.", ""] {
      let text = ([rows[0], other] + rows.dropFirst()).joined(separator: "\n")
      #expect(codes(text) == ["W-TABLE"], "\(other)")
    }
    #expect(codes("LJ-1|One.\nLJ-2|Two.\n") == ["W-TABLE"])
    #expect(codes("One | two.\nThree.\nFour.\nFive | six | seven.\n") == [])
  }

  @Test("ids at the beginning of lines are noticed, whatever they are made of")
  func ids() {
    for id in ["Menu.Main.", "LJ001-", "vo/intro_", "GREETING_"] {
      let lines = (1...5).map { "\(id)0\($0) Welcome to us." }
      #expect(codes(lines.joined(separator: "\n")) == ["W-ID"], "\(id)")
      #expect(codes((lines + ["Just words here."]).joined(separator: "\n")) == ["W-ID"], "\(id)")
    }
    #expect(codes("main_menu Hello there.\nhold_on Wait a bit.\ngood_bye See you.\n") == ["W-ID"])
    for text in [
      "U.S. ships sail.\ne.g. this one.\nNo. 5 is here.\n",
      "1. One is.\n2. Two are.\n3. Three are.\n",
      "2024 was long.\n2025 was not.\n2026 is now.\n",
      "Well-known words.\nHalf-way there.\nSelf-made men.\n",
      "B2B is a word.\nB2B is a word.\nB2B is a word.\n",
    ] {
      #expect(codes(text) == [], "\(text)")
    }
  }

  /// Words in lines of at most so many characters, as a program wraps them.
  private func wrapped(_ words: [String], at width: Int) -> String {
    var lines = [""]
    for word in words {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = word
      } else if line.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(word)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test("sentences wrapped at any usual width are noticed", arguments: [60, 72, 80, 100, 120])
  func wraps(_ width: Int) {
    for word in ["window", "fenêtre", "окно", "Straße"] {
      let sentences = (1...40).map { number in
        let old = String(repeating: "old ", count: number % 7)
        return "The \(word) was open, and nobody in the \(old)house knew for how long."
      }
      let words = sentences.joined(separator: " ").split(separator: " ").map(String.init)
      let text = wrapped(words, at: width)
      let told = Reading(text, .lines).warnings.filter { $0.code == "W-WRAP" }
      #expect(told.count == 1, "\(text)")
      #expect(told.first?.text.contains("--paragraphs") == true)
      #expect(!codes(text, .paragraphs).contains("W-WRAP"))
    }
  }

  @Test("lines that are sentences, verses or short phrases are not taken for wrapped ones")
  func unwrapped() {
    let sentences = (10...40).map { "Sentence number \($0) is as long as all the others are." }
    #expect(codes(sentences.joined(separator: "\n")) == [])
    let verses = (10...40).map { "And number \($0) of these verses has no end that one can see" }
    #expect(codes(verses.joined(separator: "\n")) == [])
    let phrases = (10...40).map { "turn the lamp number \($0) on" }
    #expect(codes(phrases.joined(separator: "\n")) == [])
    let fragments = (1...40).map {
      "and so on, " + String(repeating: "word ", count: $0 % 24) + "then"
    }
    #expect(codes(fragments.joined(separator: "\n")) == [])
  }
}
