/// Plain text: each line is a text; blank lines are skipped, but counted.
struct TextLines: EntryReader {
  private var lines: InputLines
  /// Whether a person said that this is plain text, whatever it looks like.
  private let isCertain: Bool
  private var isAtBeginning = true
  private var hints = PlainTextHints(format: .lines)
  /// Nil if a person said that this is plain text.
  private var licence: EBookLicence?

  init(lines: InputLines, isCertain: Bool) {
    self.lines = lines
    self.isCertain = isCertain
  }

  mutating func next() throws(InputError) -> Finding? {
    if isAtBeginning {
      isAtBeginning = false
      if !isCertain { licence = try lines.licence(as: .lines) }
      if let warning = try checkSample() { return .warning(warning) }
    }
    guard let line = try lines.next() else { return isCertain ? nil : hints.nextWarning() }
    if let finding = licence?.take(line) { return finding }
    do {
      let text = try line.text()
      if !isCertain { hints.note(text, line: line.number) }
      guard !text.isBlank else { return .blank }
      return .entry(Entry(line: line.number, turns: [.init(line: line.number, text: text)]))
    } catch {
      return .rejection(error)
    }
  }
}

extension InputLines {
  /// What is not the book, if the file is an e-book.
  fileprivate mutating func licence(as format: InputFormat) throws(InputError) -> EBookLicence {
    let head = try peek(EBookLicence.headLines, bytes: TextLines.sampleBytes)
    return EBookLicence(head: head, format: format)
  }
}

extension TextLines {
  /// The size of the sample, in lines and bytes.
  static let sampleLines = 20
  static let sampleBytes = 1 << 16

  /// Refuses other formats, unless a person named this one, and warns if the first lines look like a table,
  /// whose ids would be spoken too.
  private mutating func checkSample() throws(InputError) -> Warning? {
    let sample = try lines.peek(Self.sampleLines, bytes: Self.sampleBytes)
    guard let first = sample.first else { return nil }
    guard isCertain || !TableHint.isAnki(first) else {
      throw .refused(
        Rejection(
          line: 1, .field,
          "this is an Anki export: use --as csv, and --columns to say which column is the text, such as "
            + "--columns text,back,tags, or --columns=-,text,- for the second of three"))
    }
    if !isCertain, let rejection = LookAlike.rejection(of: sample, as: .lines) {
      throw .refused(rejection)
    }
    return Self.tableWarning(sample.filter { !$0.isBlank }, line: first.number)
  }

  private static func tableWarning(_ lines: [InputLines.Line], line: Int) -> Warning? {
    if let separator = [CellSeparator.tab, .pipe].first(where: { hasColumns(lines, $0) }) {
      return Warning(
        line: line, column: 1, code: "W-TABLE",
        text:
          "the first lines contain a \(separator) each, which is not spoken: if this is a table, "
          + "use --separator \(separator) and --columns id,text")
    }
    let texts = lines.map { String(decoding: $0.bytes.prefix(4096), as: UTF8.self) }
    return LeadingIDs.first(of: texts).map { id in
      Warning(
        line: line, column: 1, code: "W-ID",
        text:
          "the first lines begin with what looks like an id, such as \(id), which is spoken too: "
          + "if it is one, put a tab after it, and use --separator tab and --columns id,text")
    }
  }

  /// Whether the lines have the same number of a separator; one of five may have another.
  private static func hasColumns(_ lines: [InputLines.Line], _ separator: CellSeparator) -> Bool {
    let counts = lines.map { $0.bytes.count { $0 == separator.byte } }.filter { $0 > 0 }
    let most = Dictionary(grouping: counts) { $0 }.values.map(\.count).max() ?? 0
    return lines.count > 1 && most > 1 && lines.count - most <= lines.count / 5
  }
}

/// Plain text: each paragraph is a text, its lines joined by spaces.
struct Paragraphs: EntryReader {
  var lines: InputLines
  /// Whether a person said that this is plain text, whatever it looks like.
  let isCertain: Bool
  var isAtBeginning = true
  private var hints = PlainTextHints(format: .paragraphs)
  private var licence: EBookLicence?
  /// What is returned after the last finding.
  private var pending: Finding?

  init(lines: InputLines, isCertain: Bool) {
    self.lines = lines
    self.isCertain = isCertain
  }

  mutating func next() throws(InputError) -> Finding? {
    if let finding = pending {
      pending = nil
      return finding
    }
    if let finding = try paragraph() { return finding }
    return isCertain ? nil : hints.nextWarning()
  }

  private mutating func paragraph() throws(InputError) -> Finding? {
    if isAtBeginning, !isCertain {
      isAtBeginning = false
      let sample = try lines.peek(TextLines.sampleLines, bytes: TextLines.sampleBytes)
      if let rejection = LookAlike.rejection(of: sample, as: .paragraphs) {
        throw .refused(rejection)
      }
      licence = try lines.licence(as: .paragraphs)
    }
    var first: Int?
    var paragraph: [String] = []
    var bytes = 0
    var rejection: Rejection?
    while let line = try lines.next() {
      if let finding = licence?.take(line) {
        if first == nil { return finding }
        pending = finding
        break
      }
      do throws(Rejection) {
        let text = try line.text()
        if text.isBlank {
          if first == nil { return .blank }
          break
        }
        if first == nil { hints.note(text, line: line.number) }
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
    let entry = Entry(line: first, turns: [.init(line: first, text: text)])
    guard pending == nil, let broken = BrokenWord.first(in: paragraph) else { return .entry(entry) }
    pending = .entry(entry)
    return .warning(BrokenWord.warning(broken.words, line: first + broken.row))
  }
}
