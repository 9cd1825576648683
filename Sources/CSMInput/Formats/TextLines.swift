/// Plain text: each line is a text; blank ones are passed over, and keep their numbers.
struct TextLines: EntryReader {
  private var lines: InputLines
  private var isAtBeginning = true

  init(lines: InputLines) {
    self.lines = lines
  }

  mutating func next() throws(InputError) -> Finding? {
    if isAtBeginning {
      isAtBeginning = false
      if let warning = try look() { return .warning(warning) }
    }
    guard let line = try lines.next() else { return nil }
    do {
      let text = try line.text()
      guard !text.isBlank else { return .blank }
      return .entry(Entry(line: line.number, turns: [.init(line: line.number, text: text)]))
    } catch {
      return .rejection(error)
    }
  }
}

extension TextLines {
  /// How many lines are looked at, and how many bytes of them.
  static let rows = 20
  static let bytes = 1 << 16

  /// Looks whether the first lines are those of a table, whose ids would be spoken, too.
  private mutating func look() throws(InputError) -> Warning? {
    let sample = try lines.peek(Self.rows, bytes: Self.bytes)
    guard let first = sample.first else { return nil }
    guard !TableHint.isAnki(first) else {
      throw .refused(
        Rejection(
          line: 1, .field,
          "this is an export of Anki: say --as csv, and with --columns which column is the text, such as "
            + "--columns text,back,tags, or --columns=-,text,- for the second of three"))
    }
    if let rejection = LookAlike.rejection(of: sample) { throw .refused(rejection) }
    let texts = sample.filter { !$0.isBlank }
    let separator = [CellSeparator.tab, .pipe].first { separator in
      let counts = Set(texts.map { $0.bytes.count { $0 == separator.byte } })
      return texts.count > 1 && counts.count == 1 && counts != [0]
    }
    return separator.map {
      Warning(
        line: first.number, column: 1, code: "W-TABLE",
        text:
          "each of the first lines has a \($0) in it, which is not spoken: if they are rows of a table, "
          + "say --separator \($0) and --columns id,text")
    }
  }
}

/// Plain text of which each paragraph is a text: its lines up to a blank one, joined by spaces.
struct Paragraphs: EntryReader {
  var lines: InputLines
  var isAtBeginning = true

  mutating func next() throws(InputError) -> Finding? {
    if isAtBeginning {
      isAtBeginning = false
      let sample = try lines.peek(TextLines.rows, bytes: TextLines.bytes)
      if let rejection = LookAlike.rejection(of: sample) { throw .refused(rejection) }
    }
    var first: Int?
    var paragraph: [String] = []
    var bytes = 0
    var rejection: Rejection?
    while let line = try lines.next() {
      do throws(Rejection) {
        let text = try line.text()
        if text.isBlank {
          if first == nil { return .blank }
          break
        }
        first = first ?? line.number
        bytes += text.utf8.count
        guard bytes <= InputLines.lineBytesMax else {
          paragraph = []
          throw Rejection(line: line.number, .budget, "the paragraph is longer than 1 MiB")
        }
        if rejection == nil { paragraph.append(text) }
      } catch {
        first = first ?? line.number
        rejection = rejection ?? error
      }
    }
    guard let first else { return nil }
    if let rejection { return .rejection(rejection) }
    let text = paragraph.joined(separator: " ")
    return .entry(Entry(line: first, turns: [.init(line: first, text: text)]))
  }
}

extension String {
  var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } || allSatisfy(\.isWhitespace) }
}
