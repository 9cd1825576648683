/// The words of a cue without its marks (`<i>`, `<v Anna>`, `{\an8}`, `&amp;`), by who says them.
struct CueText {
  private(set) var turns: [(speaker: String?, words: String)] = []
  /// The first mark that subtitles do not have; it is left out like the others.
  private(set) var unknownMark: String?

  /// The first reference that names no sign, such as `&chips;`; it is sent like that.
  private(set) var unknownSign: String?

  /// A drawing stands in it, which is left out: `{\p1}m 0 0 l 100 0`.
  private(set) var hasDrawing = false

  private static let known: Set<String> = [
    "", "v", "c", "b", "i", "u", "s", "lang", "ruby", "rt", "rb", "rp", "font", "span", "br", "p",
    "div", "em", "strong",
  ]

  init(_ text: String) {
    var speaker: String?
    var words = ""
    // How a word is read stands above it, and is no word.
    var isReading = false
    for piece in Markup(text).pieces {
      switch piece {
      case .words(let more): if !isReading { words += more }
      case .mark(let mark):
        if !Self.known.contains(mark.name) { unknownMark = unknownMark ?? mark.name }
        if ["ruby", "rt", "rp"].contains(mark.name) {
          isReading = mark.name != "ruby" && !mark.isEnd
        }
        if mark.name == "br" { words += " " }
        guard mark.name == "v" else { continue }
        close(&words, speaker)
        speaker =
          mark.isEnd || mark.rest.isEmpty
          ? nil : CharacterReferences.decoded(mark.rest, unknown: &unknownSign)
      }
    }
    close(&words, speaker)
  }

  private mutating func close(_ words: inout String, _ speaker: String?) {
    let said = CharacterReferences.decoded(
      withoutOverrides(words), unknown: &unknownSign
    ).trimmed
    words = ""
    guard !said.isEmpty else { return }
    if let last = turns.indices.last, turns[last].speaker == speaker {
      turns[last].words += " " + said
    } else {
      turns.append((speaker, said))
    }
  }

  /// Without what some programs write for others: `{\an8}`, `\N`, drawings.
  private mutating func withoutOverrides(_ text: String) -> String {
    var rest = text[...]
    var plain = ""
    var draws = false
    while let open = rest.firstRange(of: "{\\"),
      let close = rest[open.upperBound...].firstIndex(of: "}")
    {
      if !draws { plain += rest[..<open.lowerBound] }
      if let scale = rest[open.lowerBound..<close].matches(of: /\\p(\d+)/).last?.1 {
        draws = scale != "0"
        hasDrawing = hasDrawing || draws
      }
      rest = rest[rest.index(after: close)...]
    }
    if !draws { plain += rest }
    if plain.utf8.contains(UInt8(ascii: "\\")) {
      plain = plain.replacing("\\N", with: " ").replacing("\\h", with: " ")
    }
    guard Self.isDrawing(plain) else { return plain }
    hasDrawing = true
    return ""
  }

  /// Whether a text is only strokes, as ASS draws them: `m 0 0 l 100 0 100 100`.
  private static func isDrawing(_ text: String) -> Bool {
    guard text.trimmed.hasPrefix("m ") else { return false }
    let parts = text.split(whereSeparator: \.isWhitespace)
    return parts.count > 3
      && parts.allSatisfy { Double($0) != nil || $0.count == 1 && "mnlbspc".contains($0) }
  }
}
