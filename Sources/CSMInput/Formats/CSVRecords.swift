/// Reads the rows of a table: cells between separators.
///
/// A cell that begins with a quote ends with one, and may hold separators and line ends (RFC 4180). In any
/// other cell a quote is a sign like all others, as people write it: `a 5" pipe`.
struct CSVRecords {
  private var lines: InputLines
  private let separator: CellSeparator
  /// A row ends with its line unless a quoted cell must go on, and a quote that encloses no whole cell is
  /// a part of it: as most programs write tabs.
  private let endsWithLine: Bool
  /// How many cells the first row has, where rows end with their lines.
  private var width: Int?

  init(lines: InputLines, separator: CellSeparator, endsWithLine: Bool? = nil) {
    self.lines = lines
    self.separator = separator
    self.endsWithLine = endsWithLine ?? (separator == .tab)
  }

  /// A row, and where it stands.
  struct Record {
    /// Of its first line, from 1.
    let line: Int
    let cells: [String]
    /// A quote stands in a cell that does not begin with one.
    let hasOddQuotes: Bool
  }

  /// How far a quoted cell is followed where rows end with their lines.
  private static let followedRows = 200
  /// How far beyond what is a row in itself.
  private static let followedWholeRows = 20

  /// The next row; nil at the end.
  mutating func next() throws(InputError) -> Result<Record, Rejection>? {
    guard let line = try lines.next() else { return nil }
    guard separator.hasQuotes, line.bytes.contains(UInt8(ascii: "\"")) else {
      let row = plain(line)
      if width == nil, case .success(let record) = row { width = Self.used(record.cells) }
      return row
    }
    return endsWithLine ? try tabbed(line) : try quoted(line)
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

  /// A row of which each line is a row in itself, if it can be: `1⇥"Quoted," she said`.
  ///
  /// Spreadsheets put a cell with a tab or a line end in quotes, too. Such a cell is read on as far as its
  /// quote, and makes one row with what it hides, or none.
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
    let result =
      if let open { try joined(own, plain.cells, from: open) } else {
        Result<Record, Rejection>.success(own)
      }
    if width == nil, case .success(let record) = result { width = Self.used(record.cells) }
    return result
  }

  /// The row with the cell that is open at a place read on, beyond tabs and line ends.
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
    // Rows that are whole in themselves stay, and so does this one unless others hang on it.
    let isLoose = width.map { $0 == 1 } ?? true
    let lost = isLoose ? [] : hidden.prefix { !isRow($0) }
    let isKept =
      isLoose || isWhole && lost.allSatisfy(\.isBlank)
      || hidden.isEmpty && Self.used(cells) > width ?? 1
    for line in hidden.dropFirst(isKept ? 0 : lost.count).reversed() { lines.unread(line) }
    return isKept
      ? .success(own) : .failure(Self.loose(from: own.line, to: lost.last?.number ?? own.line))
  }

  /// Reads on as far as a quoted cell does, and tells whether it hides rows that are whole in themselves.
  private mutating func follow(_ scan: inout CellScan, fromWhole isWhole: Bool)
    throws(InputError) -> (hidden: [InputLines.Line], isCut: Bool)
  {
    var hidden: [InputLines.Line] = []
    var bytes = 0
    var isCut = false
    while scan.isOpen, hidden.count < (isCut ? Self.followedWholeRows : Self.followedRows),
      bytes < InputLines.lineBytesMax, let line = try lines.next()
    {
      hidden.append(line)
      bytes += line.bytes.count
      isCut = isCut || isWhole && isRow(line)
      scan.read([UInt8(ascii: "\n")] + line.bytes)
    }
    return (hidden, isCut)
  }

  /// Whether a line has a cell for each column, and the first is one in itself.
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

  /// How many cells there are without empty ones at the end.
  private static func used(_ cells: [String]) -> Int {
    (cells.lastIndex { !$0.isBlank } ?? -1) + 1
  }

  private static func loose(from line: Int, to last: Int, ends: Bool = false) -> Rejection {
    let what =
      if ends {
        "ends with one in line \(last) only, so that this may be one text or several"
      } else if last == line {
        "does not end with one"
      } else {
        "does not end with one in the rows up to line \(last)"
      }
    return Rejection(
      line: line, .syntax,
      "a cell begins with a quote in this row, and \(what): put the whole cell in quotes, and double those "
        + "inside it: \"\"\"Yes,\"\" she said\"")
  }

  // MARK: Quotes of RFC 4180

  /// A row that may go on over several lines.
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
            : "a quoted cell begins in this row and never ends: the rest of the file is taken for it"
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
      "a quote inside a cell must be doubled, and the whole cell stand in quotes: \"say \"\"hi\"\"\""
    return Rejection(
      line: line, .syntax,
      last == line
        ? reason
        : "\(reason); a cell that begins with a quote here runs on to line \(last), and all up to there was "
          + "taken for this row")
  }
}

/// Cuts a row into its cells, a line after the other.
private struct CellScan {
  let separator: UInt8
  /// Something stands behind the quote that ends a cell.
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

  /// Reads a text that is all there.
  init(_ text: String, _ separator: CellSeparator) {
    self.init(separator: separator.byte)
    read(Array(text.utf8))
  }

  /// A quoted cell goes on behind the end of what was read.
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
