/// The words of a cue without its marks (`<i>`, `<v Anna>`, `{\an8}`, `&amp;`), by who says them.
struct CueText {
  private(set) var turns: [(speaker: String?, words: String)] = []
  /// The first mark that subtitles do not have; it is left out like the others.
  private(set) var unknownMark: String?

  /// The first reference that names no sign, such as `&chips;`; it is sent like that.
  private(set) var unknownSign: String?

  private static let known: Set<String> = [
    "", "v", "c", "b", "i", "u", "s", "lang", "ruby", "rt", "rb", "rp", "font", "span", "br", "p",
    "div", "em", "strong",
  ]

  init(_ text: String) {
    var speaker: String?
    var words = ""
    for piece in Markup(text).pieces {
      switch piece {
      case .words(let more): words += more
      case .mark(let mark):
        if !Self.known.contains(mark.name) { unknownMark = unknownMark ?? mark.name }
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
      Self.withoutOverrides(words), unknown: &unknownSign
    ).trimmed
    words = ""
    guard !said.isEmpty else { return }
    if let last = turns.indices.last, turns[last].speaker == speaker {
      turns[last].words += " " + said
    } else {
      turns.append((speaker, said))
    }
  }

  /// Without what some programs write for others: `{\an8}`.
  private static func withoutOverrides(_ text: String) -> String {
    var rest = text[...]
    var plain = ""
    while let open = rest.firstRange(of: "{\\"),
      let close = rest[open.upperBound...].firstIndex(of: "}")
    {
      plain += rest[..<open.lowerBound]
      rest = rest[rest.index(after: close)...]
    }
    return plain + rest
  }
}
