/// Reads the rows of a table: cells between separators.
///
/// A cell that begins with a quote ends with one, and may hold separators and line ends (RFC 4180). In any
/// other cell a quote is a sign like all others, as people write it: `a 5" pipe`.
struct CSVRecords {
  private var lines: InputLines
  private let separator: CellSeparator
  /// A row ends with its line, and a quote that encloses no whole cell is a part of it: as most programs
  /// write tabs.
  private let endsWithLine: Bool

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

  /// The next row; nil at the end.
  mutating func next() throws(InputError) -> Result<Record, Rejection>? {
    guard let line = try lines.next() else { return nil }
    guard separator.hasQuotes, line.bytes.contains(UInt8(ascii: "\"")) else { return plain(line) }
    return endsWithLine ? quotedInLine(line) : try quoted(line)
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

  private func quotedInLine(_ line: InputLines.Line) -> Result<Record, Rejection> {
    plain(line).map { row in
      let cells = row.cells.map { cell in
        var scan = CellScan(separator: separator.byte)
        scan.read(Array(cell.utf8))
        return scan.isOpen || scan.isBroken ? cell : scan.cells.joined()
      }
      return Record(line: row.line, cells: cells, hasOddQuotes: cells == row.cells)
    }
  }

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
