import CSMCore
import CSMInput
import Foundation
import Testing

@Suite("Words that are sent")
struct WordTests {
  /// Punctuation, letters and spaces that matter for breaks and typography.
  static let alphabet: [String] = [
    "a", "b", "Word", "sentence", "Mr.", "e.g.", "A.", "...", "…", ".", "!", "?", ",", ";", ":",
    " - ",
    "—", "–", "-", " ", "  ", "\n", "\t", "\u{A0}", "\u{200B}", "\u{202E}", "\u{301}", "é", "“",
    "”",
    "’", "'", "\"", "(", ")", "]", "\u{1F600}", "中", "0", "\u{0}", "\u{2028}",
  ]

  static func text(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...120, using: &random)).map { _ in
      Self.alphabet.randomElement(using: &random) ?? "a"
    }.joined()
  }

  @Test("pieces add up to the text except for white space, and split no word")
  func splitting() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededGenerator(seed: seed)
    for _ in 0..<3000 {
      let text = Self.text(&random)
      let max = Int.random(in: 1...160, using: &random)
      let pieces = Splitter(charactersMax: max).pieces(of: text)
      let words = Self.words(text)
      #expect(pieces.flatMap(Self.words) == words, "seed \(seed): \(text.debugDescription)")
      for piece in pieces where piece.unicodeScalars.count > max {
        #expect(Self.words(piece).count <= 1, "seed \(seed): \(text.debugDescription), \(max)")
      }
    }
  }

  @Test("plain typography is idempotent, and changes no letter")
  func typography() {
    let seed = UInt64.random(in: 0...(.max))
    var random = SeededGenerator(seed: seed)
    for _ in 0..<5000 {
      let text = SpokenText.composed(Self.text(&random))
      let once = SpokenText.composed(Typography.plain(text))
      #expect(
        SpokenText.composed(Typography.plain(once)) == once,
        "seed \(seed): \(text.debugDescription)")
      #expect(Self.letters(once) == Self.letters(text), "seed \(seed): \(text.debugDescription)")
    }
  }

  @Test(
    "typography is made plain, and a text ends",
    arguments: [
      ("It’s “fine” …", "It's \"fine\" ..."), ("a—b – c", "a - b - c."),
      ("x\u{A0}\u{200B} y", "x y."),
      ("  one\n two ", "one two."), ("Really?", "Really?"), ("(Yes.)", "(Yes.)"),
      ("and so,", "and so."),
      ("one: two:", "one: two."), ("He said \"no\"", "He said \"no\"."), ("wait -", "wait."),
      ("co\u{AD}operate", "cooperate."), ("", ""), ("...", "..."),
    ])
  func plain(_ text: String, _ sent: String) {
    #expect(Typography.plain(text) == sent)
  }

  @Test("breaks are where one would pause")
  func breaks() {
    let text =
      "Dr. Smith went home early. He was tired, and so was J. Watson; they slept. Then came the rain"
    #expect(
      Splitter(charactersMax: 40).pieces(of: text) == [
        "Dr. Smith went home early.", "He was tired, and so was J. Watson;",
        "they slept. Then came the rain",
      ])
    #expect(
      Splitter(charactersMax: 9).pieces(of: "one two three four") == ["one two", "three", "four"])
    #expect(Splitter(charactersMax: 3).pieces(of: "longword") == ["longword"])
  }

  @Test("terms are respelt as whole words, the longest first")
  func respelling() {
    var respelling = Respelling()
    for (term, spelling) in [
      ("Ann", "Anne"), ("Ann Lee", "Anly"), ("GPU", "G.P.U."), ("naïve", "nigh eve"),
    ] {
      let isTerm = respelling.add(term, as: spelling)
      #expect(isTerm)
    }
    let isTerm = respelling.add("...", as: "x")
    #expect(!isTerm)
    #expect(
      respelling.applied(to: "Ann met Ann Lee's GPUs, a GPU; Anna was naïve.")
        == "Anne met Anly's GPUs, a G.P.U.; Anna was nigh eve.")
  }

  @Test("terms with typographic characters are found in plain typography, and as they are written")
  func typographicTerms() throws {
    let file = "O’Brien\tO Bryan\nco‑op\tcoe op\nIt’s\tIt iz\nIt's\tIts\n"
    func sent(isNormalised: Bool) throws -> [String] {
      var respelling = Respelling()
      try RespellingFile.read(file, isNormalised: isNormalised, into: &respelling)
      return Reading("It’s O’Brien’s co‑op.\n", .lines) {
        $0.isNormalised = isNormalised
        $0.respelling = respelling
      }.sent
    }
    #expect(try sent(isNormalised: true) == ["Its O Bryan's coe op."])
    #expect(try sent(isNormalised: false) == ["It iz O Bryan’s coe op."])
  }

  @Test("the author's text is kept if other words are sent, and long texts become several turns")
  func author() {
    let long = Array(repeating: "These are several words in a row.", count: 8).joined(
      separator: " ")
    let reading = Reading("It’s\n\(long)\n", .lines)
    #expect(reading.lines[0].text == "It’s" && reading.sent[0] == "It's.")
    #expect(reading.lines[1].text == nil)
    #expect(reading.lines[1].request.scene.map(\.text.count) == [135, 135])
    let plain = Reading("It’s\n\(long)\n", .lines) {
      $0.isNormalised = false
      $0.splitter = nil
    }
    #expect(plain.sent == ["It’s", long])
    #expect(plain.warnings.map(\.code).contains("W-LONG"))
  }

  @Test("a text too long for a request becomes several, unless it has no space")
  func tooLong() {
    let long = Array(repeating: "These are several words in a row.", count: 60).joined(
      separator: " ")
    let reading = Reading("\(long)\n\(String(repeating: "x", count: 3000))\n", .lines)
    #expect(reading.lines.map(\.suffix) == [".01", ".02"])
    #expect(reading.lines.map(\.number) == [1, 1])
    #expect(reading.sent.joined(separator: " ") == long)
    #expect(reading.rejections.map(\.code) == [.budget])
  }

  @Test("what CSM may misspeak is reported with its place")
  func lint() {
    let text =
      "Say <break/> at www.example.com or me@example.com\nIn 1984 (or so) NASA\nПривет, как дела сегодня\nYes.\n"
    let usual = Reading(text, .lines).warnings.map { "\($0.line):\($0.column) \($0.code)" }
    #expect(usual == ["1:5 W-SSML", "1:17 W-WORD", "3:1 W-LANG", "1:1 W-NOVOICE"])
    let tags = Reading("She {i}left{/i}, says Ren'Py, and {1} {so} on.\n", .lines).warnings
    #expect(tags.map { "\($0.column) \($0.code)" } == ["5 W-SSML", "1 W-NOVOICE"])
    #expect(Reading("It is on WWW.example.com now.\n", .lines).warnings.first?.code == "W-WORD")
    let all = Reading(text, .lines) { $0.isThorough = true }.warnings.map(\.code)
    #expect(all.contains("W-SPOKEN") && all.contains("W-SHORT"))
  }

  // MARK: Parts of a text

  private static func words(_ text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
  }

  private static func letters(_ text: String) -> String {
    let scalars = text.decomposedStringWithCanonicalMapping.unicodeScalars
    return String(String.UnicodeScalarView(scalars.filter(\.properties.isAlphabetic)))
  }
}
