/// Splits text at tags of subtitles and HTML: `<b>`, `</b>`, `<v.loud Anna>`.
struct Markup {
  enum Piece: Equatable {
    case words(Substring)
    case tag(Tag)
  }

  struct Tag: Equatable {
    /// In lower case, without classes; empty for a timestamp.
    var name: String
    var isEnd: Bool
    /// What follows the name and its classes.
    var rest: String
  }

  let pieces: [Piece]

  init(_ text: String) {
    var pieces: [Piece] = []
    var rest = text[...]
    var start = rest.startIndex
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
      let inside = text.utf8.index(after: open)
      guard let close = Self.close(of: text[inside...]), let tag = Tag(text[inside..<close])
      else {
        rest = text[inside...]
        continue
      }
      if start < open { pieces.append(.words(text[start..<open])) }
      pieces.append(.tag(tag))
      start = text.utf8.index(after: close)
      rest = text[start...]
    }
    if start < text.endIndex { pieces.append(.words(text[start...])) }
    self.pieces = pieces
  }

  private static let tagBytesMax = 2000

  /// The end of a tag; nil if another one begins first.
  private static func close(of text: Substring) -> String.Index? {
    let end = text.utf8.prefix(tagBytesMax).firstIndex {
      $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<")
    }
    return end.flatMap { text.utf8[$0] == UInt8(ascii: ">") ? $0 : nil }
  }
}

extension Markup.Tag {
  /// Reads what is between the brackets; nil if that is not a tag (`2 < 3 > 1`).
  init?(_ text: Substring) {
    let isEnd = text.utf8.first == UInt8(ascii: "/")
    let inside = isEnd ? text.dropFirst() : text
    guard let first = inside.unicodeScalars.first else { return nil }
    let isTime = inside.utf8.allSatisfy { (0x30...0x3A).contains($0) || $0 == 0x2E }
    guard isTime || first.properties.isAlphabetic || first == "!" else { return nil }
    let name = inside.prefix { !$0.isWhitespace && $0 != "." && $0 != "/" }
    let classes = inside.dropFirst(name.count).prefix { !$0.isWhitespace }
    self.init(
      name: isTime ? "" : name.lowercased(), isEnd: isEnd,
      rest: String(inside.dropFirst(name.count + classes.count)).trimmed)
  }
}
