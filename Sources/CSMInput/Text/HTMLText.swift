/// The words of an HTML fragment, such as a field of an Anki note.
enum HTMLText {
  private static let breaks: Set<String> = ["br", "div", "p", "li", "ul", "ol", "tr", "td", "hr"]

  /// - Parameter unknown: is set to the first unknown character reference, unless it is already set.
  static func plain(_ html: String, unknown: inout String?) -> String {
    let words = Markup(html).pieces.map { piece in
      switch piece {
      case .words(let words): String(words)
      case .tag(let tag): breaks.contains(tag.name) ? " " : ""
      }
    }
    return CharacterReferences.decoded(withoutSounds(words.joined()), unknown: &unknown)
  }

  /// Removes references to Anki's audio: `[sound:five.mp3]`.
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
