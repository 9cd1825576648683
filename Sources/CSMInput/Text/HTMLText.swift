/// The words of a piece of HTML, as Anki has them in its fields.
enum HTMLText {
  private static let breaks: Set<String> = ["br", "div", "p", "li", "ul", "ol", "tr", "td", "hr"]

  /// - Parameter unknown: becomes the first reference that names no sign, if it is nil.
  static func plain(_ html: String, unknown: inout String?) -> String {
    let words = Markup(html).pieces.map { piece in
      switch piece {
      case .words(let words): String(words)
      case .mark(let mark): breaks.contains(mark.name) ? " " : ""
      }
    }
    return CharacterReferences.decoded(withoutSounds(words.joined()), unknown: &unknown)
  }

  /// Without the clips that Anki plays: `[sound:five.mp3]`.
  private static func withoutSounds(_ text: String) -> String {
    var rest = text[...]
    var plain = ""
    while let open = rest.firstRange(of: "[sound:"),
      let close = rest[open.upperBound...].firstIndex(of: "]")
    {
      plain += rest[..<open.lowerBound]
      rest = rest[rest.index(after: close)...]
    }
    return plain + rest
  }
}
