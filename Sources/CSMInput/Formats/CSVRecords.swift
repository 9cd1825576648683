/// Reads the rows of a table.
///
/// A cell that begins with a quote ends with one, and may contain separators and line ends (RFC 4180). In
/// any other cell a quote is an ordinary character: `a 5" pipe`.
struct CSVRecords {
  private var lines: InputLines
  private let separator: CellSeparator
  /// Whether a quote that does not enclose a whole cell is part of the text, as in most files with tabs: a
  /// row then ends with its line, unless a quoted cell continues on the next one.
  private let endsWithLine: Bool
  /// How many cells the first row has; nil before it is read.
  private var width: Int?

  init(lines: InputLines, separator: CellSeparator, endsWithLine: Bool? = nil) {
    self.lines = lines
    self.separator = separator
    self.endsWithLine = endsWithLine ?? (separator == .tab)
  }

  struct Record {
    /// The number of its first line, from 1.
    let line: Int
    let cells: [String]
    /// Whether a cell contains a quote but does not begin with one.
    let hasOddQuotes: Bool
  }

  /// How many lines to search for the end of a quoted cell if rows end with their lines.
  private static let searchedLines = 200
  /// The same, once a line looked like a row of its own.
  private static let searchedLinesWithRows = 20

  /// The next row; nil at the end.
  mutating func next() throws(InputError) -> Result<Record, Rejection>? {
    guard let line = try lines.next() else { return nil }
    let hasQuotes = separator.hasQuotes && line.bytes.contains(UInt8(ascii: "\""))
    let row =
      if !hasQuotes { plain(line) } else { endsWithLine ? try tabbed(line) : try quoted(line) }
    if width == nil, case .success(let record) = row { width = Self.used(record.cells) }
    return row
  }

  private func plain(_ line: InputLines.Line) -> Result<Record, Rejection> {
    Result { () throws(Rejection) in
      let cells = try line.text().utf8.split(
        separator: separator.byte, omittingEmptySubsequences: false)
      return Record(
        line: line.number, cells: cells.map { String(Substring($0)) },
        hasOddQuotes: line.bytes.contains(UInt8(ascii: "\"")))
    }
  }

  // MARK: Tabs

  /// Reads a line as a row of its own if possible: `1⇥"Quoted," she said`.
  ///
  /// Spreadsheets quote cells that contain a tab or a line end. Such a cell is followed to its closing quote;
  /// the row then includes those lines, or is rejected with them.
  private mutating func tabbed(_ line: InputLines.Line) throws(InputError)
    -> Result<Record, Rejection>
  {
    let plain: Record
    switch self.plain(line) {
    case .failure(let rejection): return .failure(rejection)
    case .success(let record): plain = record
    }
    var row = plain.cells
    var open: Int?
    for (place, cell) in plain.cells.enumerated() {
      let scan = CellScan(cell, separator)
      if scan.isOpen { open = open ?? place } else if !scan.isBroken { row[place] = scan.cells[0] }
    }
    let own = Record(line: line.number, cells: row, hasOddQuotes: row == plain.cells)
    return if let open { try joined(own, plain.cells, from: open) } else { .success(own) }
  }

  /// The row with its open cell followed beyond tabs and line ends.
  private mutating func joined(_ own: Record, _ cells: [String], from place: Int)
    throws(InputError) -> Result<Record, Rejection>
  {
    var scan = CellScan(cells[place...].joined(separator: "\t"), separator)
    let isWhole = isRow(cells)
    guard scan.isOpen || !isWhole else { return .success(own) }
    let (hidden, isCut) = try follow(&scan, fromWhole: isWhole)
    let row = Array(own.cells[..<place]) + scan.cells
    let ends = !scan.isOpen && !scan.isBroken
    if ends, isCut, let last = hidden.last {
      return .failure(Self.loose(from: own.line, to: last.number, ends: true))
    }
    if ends, width.map({ Self.used(row) <= $0 }) ?? true {
      return Result { () throws(Rejection) in
        for line in hidden { _ = try line.text() }
        return Record(line: own.line, cells: row, hasOddQuotes: scan.hasOddQuotes)
      }
    }
    // Lines that are rows of their own are kept, and so is this one unless other lines depend on it.
    let isLoose = width.map { $0 == 1 } ?? true
    let lost = isLoose ? [] : hidden.prefix { !isRow($0) }
    let isKept =
      isLoose || isWhole && lost.allSatisfy(\.isBlank)
      || hidden.isEmpty && Self.used(cells) > width ?? 1
    for line in hidden.dropFirst(isKept ? 0 : lost.count).reversed() { lines.unread(line) }
    return isKept
      ? .success(own) : .failure(Self.loose(from: own.line, to: lost.last?.number ?? own.line))
  }

  /// Reads the lines of an open quoted cell, and returns whether any of them looks like a row of its own.
  private mutating func follow(_ scan: inout CellScan, fromWhole isWhole: Bool)
    throws(InputError) -> (hidden: [InputLines.Line], isCut: Bool)
  {
    var hidden: [InputLines.Line] = []
    var bytes = 0
    var isCut = false
    while scan.isOpen, hidden.count < (isCut ? Self.searchedLinesWithRows : Self.searchedLines),
      bytes < InputLines.lineBytesMax, let line = try lines.next()
    {
      hidden.append(line)
      bytes += line.bytes.count
      isCut = isCut || isWhole && isRow(line)
      scan.read([UInt8(ascii: "\n")] + line.bytes)
    }
    return (hidden, isCut)
  }

  /// Whether cells can be a row of their own: one for each column, the first with balanced quotes.
  private func isRow(_ cells: [String]) -> Bool {
    guard let width, width > 1, let first = cells.first, !first.isBlank,
      first.hasPrefix("\"") || !first.hasSuffix("\"")
    else { return false }
    return cells.count >= width && Self.used(cells) <= width
  }

  private func isRow(_ line: InputLines.Line) -> Bool {
    isRow(
      line.bytes.split(separator: separator.byte, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) })
  }

  /// The number of cells without trailing empty ones.
  static func used(_ cells: [String]) -> Int {
    (cells.lastIndex { !$0.isBlank } ?? -1) + 1
  }

  private static func loose(from line: Int, to last: Int, ends: Bool = false) -> Rejection {
    let what =
      if ends {
        "the next closing quote is on line \(last), so this may be one text or several"
      } else if last == line {
        "it has no closing quote"
      } else {
        "it has no closing quote up to line \(last)"
      }
    return Rejection(
      line: line, .syntax,
      "a cell in this row begins with a quote, and \(what): put the whole cell in quotes, and double the "
        + "quotes inside it: \"\"\"Yes,\"\" she said\"")
  }

  // MARK: RFC 4180

  /// A row that may extend over several lines.
  private mutating func quoted(_ first: InputLines.Line) throws(InputError)
    -> Result<Record, Rejection>
  {
    var scan = CellScan(separator: separator.byte)
    var bytes = first.bytes
    var isTooLong = first.isTooLong
    scan.read(first.bytes)
    var last = first.number
    while scan.isOpen, !isTooLong, let line = try lines.next() {
      last = line.number
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: line.bytes)
      isTooLong = line.isTooLong || bytes.count > InputLines.lineBytesMax
      scan.read([UInt8(ascii: "\n")] + line.bytes)
    }
    let line = first.number
    return Result { () throws(Rejection) in
      guard !scan.isOpen else {
        throw Rejection(
          line: line, .syntax,
          isTooLong
            ? "a quoted cell begins in this row and does not end within 1 MiB"
            : "a quoted cell begins in this row and never ends, so the rest of the file is read as part of it"
        )
      }
      guard !isTooLong else { throw Rejection(line: line, .budget, "the row is longer than 1 MiB") }
      _ = try SpokenText.decode(bytes, line: line)
      guard !scan.isBroken else { throw Self.brokenQuotes(from: line, to: last) }
      return Record(line: line, cells: scan.cells, hasOddQuotes: scan.hasOddQuotes)
    }
  }

  private static func brokenQuotes(from line: Int, to last: Int) -> Rejection {
    let reason =
      "a quote inside a cell must be doubled, and the whole cell quoted: \"say \"\"hi\"\"\""
    return Rejection(
      line: line, .syntax,
      last == line
        ? reason
        : "\(reason); a cell that begins with a quote here extends to line \(last), so all lines up to there "
          + "were read as one row")
  }
}

/// Splits a row into cells, line by line.
private struct CellScan {
  let separator: UInt8
  /// Whether text follows the closing quote of a cell.
  private(set) var isBroken = false
  private(set) var hasOddQuotes = false
  private var bytes: [[UInt8]] = [[]]
  private var state = State.cellBegins

  private enum State {
    case cellBegins, plain, quoted, quoteSeen
  }

  init(separator: UInt8) {
    self.separator = separator
  }

  init(_ text: String, _ separator: CellSeparator) {
    self.init(separator: separator.byte)
    read(Array(text.utf8))
  }

  /// Whether the text so far ends inside a quoted cell.
  var isOpen: Bool { state == .quoted }

  var cells: [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }

  mutating func read(_ line: [UInt8]) {
    for byte in line {
      switch (state, byte) {
      case (.quoted, UInt8(ascii: "\"")): state = .quoteSeen
      case (.quoted, _): append(byte)
      case (.quoteSeen, UInt8(ascii: "\"")):
        append(byte)
        state = .quoted
      case (_, separator):
        bytes.append([])
        state = .cellBegins
      case (.cellBegins, UInt8(ascii: "\"")):
        bytes[bytes.count - 1] = []
        state = .quoted
      case (.cellBegins, 0x20), (.cellBegins, 0x09): append(byte)
      case (.quoteSeen, 0x20), (.quoteSeen, 0x09): break
      case (.quoteSeen, _):
        isBroken = true
        state = .plain
      default:
        if byte == UInt8(ascii: "\"") { hasOddQuotes = true }
        append(byte)
        state = .plain
      }
    }
  }

  private mutating func append(_ byte: UInt8) {
    bytes[bytes.count - 1].append(byte)
  }
}
