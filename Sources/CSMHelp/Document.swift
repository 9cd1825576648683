/// A topic, parsed from the subset of Markdown that topics use.
///
/// The first line is `# NAME: SUMMARY`, which `Topic` reads. Then come headings (`##`), paragraphs, fenced
/// blocks, and lists of `- TERM: TEXT`, whose continuation lines are indented by two spaces.
struct Document {
  private(set) var blocks: [Block] = []

  enum Block: Equatable {
    case heading(String)
    case paragraph(String)
    case literal([String])
    case items([Item])
  }

  struct Item: Equatable {
    let term: String
    var text: String
  }

  init(_ markdown: String) {
    var isLiteral = false
    var isFresh = true
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isLiteral.toggle()
        if isLiteral { blocks.append(.literal([])) }
        isFresh = true
      } else if isLiteral {
        extend(String(line))
      } else if line.hasPrefix("# ") {
        continue
      } else if line.hasPrefix("## ") {
        blocks.append(.heading(String(line.dropFirst(3))))
        isFresh = true
      } else if line.allSatisfy({ $0 == " " }) {
        isFresh = true
      } else {
        add(line, isFresh: isFresh)
        isFresh = false
      }
    }
  }

  private mutating func add(_ line: Substring, isFresh: Bool) {
    let words = line.drop { $0 == " " }
    if line.hasPrefix("- ") {
      add(Self.item(line.dropFirst(2)))
    } else if isFresh {
      blocks.append(.paragraph(String(words)))
    } else {
      extend(String(words))
    }
  }

  private mutating func add(_ item: Item) {
    if case .items(let items)? = blocks.last {
      blocks[blocks.count - 1] = .items(items + [item])
    } else {
      blocks.append(.items([item]))
    }
  }

  private static func item(_ text: Substring) -> Item {
    guard let end = text.firstRange(of: ": ") else { return Item(term: String(text), text: "") }
    return Item(term: String(text[..<end.lowerBound]), text: String(text[end.upperBound...]))
  }

  /// Appends a line to the last block.
  private mutating func extend(_ line: String) {
    switch blocks.popLast() {
    case .paragraph(let text): blocks.append(.paragraph("\(text) \(line)"))
    case .literal(let lines): blocks.append(.literal(lines + [line]))
    case .items(var items):
      let text = items[items.count - 1].text
      items[items.count - 1].text = text.isEmpty ? line : "\(text) \(line)"
      blocks.append(.items(items))
    case .heading(let text): blocks.append(.heading("\(text) \(line)"))
    case nil: blocks.append(.paragraph(line))
    }
  }

  /// Breaks a text into lines of at most `width` characters; a longer word gets a line of its own.
  static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
