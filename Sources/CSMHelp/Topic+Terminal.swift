extension Topic {
  /// The topic as plain text in the layout of `man`.
  ///
  /// - Parameter width: the columns of the terminal; the text uses 40 to 80.
  package func text(width: Int = 80) -> String {
    let width = max(40, min(width, 80))
    return document.blocks.map { Self.lines(of: $0, width: width) }
      .map { $0.joined(separator: "\n") }
      .joined(separator: "\n\n")
  }

  private static func lines(of block: Document.Block, width: Int) -> [String] {
    switch block {
    case .heading(let text): [text.uppercased()]
    case .paragraph(let text): Document.wrapped(text, to: width - 2).map { "  " + $0 }
    case .literal(let lines): lines.map { $0.isEmpty ? "" : "    " + $0 }
    case .items(let items): items.flatMap { Self.lines(of: $0, in: items, width: width) }
    }
  }

  /// An item of a list: a short term beside its text, a long one above it.
  private static func lines(
    of item: Document.Item, in items: [Document.Item], width: Int
  ) -> [String] {
    let terms = items.map { plain($0.term).count }
    let longest = terms.max() ?? 0
    let indent = longest <= 14 ? longest + 4 : 6
    let term = plain(item.term)
    var lines = Document.wrapped(item.text, to: width - indent).map { spaces(indent) + $0 }
    if term.count + 4 <= indent, let first = lines.first {
      lines[0] = "  " + term + first.dropFirst(term.count + 2)
    } else {
      lines.insert("  " + term, at: 0)
    }
    return lines
  }

  private static func plain(_ term: String) -> String { term.filter { $0 != "`" } }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
