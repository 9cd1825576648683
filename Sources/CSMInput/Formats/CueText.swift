/// The words of a cue by speaker, without markup (`<i>`, `<v Anna>`, `{\an8}`, `&amp;`).
struct CueText {
  private(set) var turns: [(speaker: String?, words: String)] = []
  /// The first tag unknown in subtitles; it is removed like the others.
  private(set) var unknownTag: String?

  /// The first unknown character reference, such as `&chips;`; it is sent as written.
  private(set) var unknownReference: String?

  /// Whether the cue contained a drawing, which is removed: `{\p1}m 0 0 l 100 0`.
  private(set) var hasDrawing = false

  private static let known: Set<String> = [
    "", "v", "c", "b", "i", "u", "s", "lang", "ruby", "rt", "rb", "rp", "font", "span", "br", "p",
    "div", "em", "strong",
  ]

  init(_ text: String) {
    var speaker: String?
    var words = ""
    // Ruby text annotates the pronunciation of a word; it is not spoken.
    var isReading = false
    for piece in Markup(text).pieces {
      switch piece {
      case .words(let more): if !isReading { words += more }
      case .tag(let tag):
        if !Self.known.contains(tag.name) { unknownTag = unknownTag ?? tag.name }
        if ["ruby", "rt", "rp"].contains(tag.name) {
          isReading = tag.name != "ruby" && !tag.isEnd
        }
        if tag.name == "br" { words += " " }
        guard tag.name == "v" else { continue }
        close(&words, speaker)
        speaker =
          tag.isEnd || tag.rest.isEmpty
          ? nil : CharacterReferences.decoded(tag.rest, unknown: &unknownReference)
      }
    }
    close(&words, speaker)
  }

  private mutating func close(_ words: inout String, _ speaker: String?) {
    let said = CharacterReferences.decoded(
      withoutOverrides(words), unknown: &unknownReference
    ).trimmed
    words = ""
    guard !said.isEmpty else { return }
    if let last = turns.indices.last, turns[last].speaker == speaker {
      turns[last].words += " " + said
    } else {
      turns.append((speaker, said))
    }
  }

  /// Removes ASS overrides and drawings, which some programs leave in SRT: `{\an8}`, `\N`.
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

  /// Whether a text is an ASS drawing: `m 0 0 l 100 0 100 100`.
  private static func isDrawing(_ text: String) -> Bool {
    guard text.trimmed.hasPrefix("m ") else { return false }
    let parts = text.split(whereSeparator: \.isWhitespace)
    return parts.count > 3
      && parts.allSatisfy { Double($0) != nil || $0.count == 1 && "mnlbspc".contains($0) }
  }
}
