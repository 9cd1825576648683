/// Markup with placeholders, written `{{name}}`.
package struct PageTemplate: Sendable {
  package enum Piece: Sendable, Equatable {
    case markup(String)
    case place(String)
  }

  /// In order.
  package let pieces: [Piece]

  package init(_ text: String) {
    var pieces: [Piece] = []
    for (index, part) in text.split(separator: "{{", omittingEmptySubsequences: false).enumerated()
    {
      let sides = part.split(separator: "}}", maxSplits: 1, omittingEmptySubsequences: false)
      if index > 0, sides.count == 2 {
        pieces += [.place(String(sides[0])), .markup(String(sides[1]))]
      } else {
        pieces.append(.markup(String(part)))
      }
    }
    self.pieces = pieces
  }

  /// The first lines of every page made from it.
  package func beginning(lines: Int) -> String {
    guard case .markup(let text) = pieces.first else { return "" }
    return text.split(separator: "\n", omittingEmptySubsequences: false).prefix(lines)
      .joined(separator: "\n")
  }
}
