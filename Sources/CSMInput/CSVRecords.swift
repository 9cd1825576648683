import SwiftCSV

/// Reads the rows of a table: cells between separators.
///
/// A row without a quote is a plain split. One with quotes may go on over several lines; it is put
/// together here and its cells are found by SwiftCSV.
struct CSVRecords {
  private var lines: InputLines
  let separator: Separator

  enum Separator: UInt8 {
    case comma = 0x2C
    case semicolon = 0x3B
    case tab = 0x09
    case pipe = 0x7C

    /// Whether a quote at the beginning of a cell may hide separators and line ends.
    var hasQuotes: Bool { self != .pipe }

    var name: String {
      switch self {
      case .comma: "a comma"
      case .semicolon: "a semicolon"
      case .tab: "a tab"
      case .pipe: "|"
      }
    }
  }

  init(lines: InputLines, separator: Separator) {
    self.lines = lines
    self.separator = separator
  }

  /// A row, and where it stands.
  struct Record {
    /// Of its first line, from 1.
    let line: Int
    let text: String
    let cells: [String]
  }

  /// The next row; nil at the end.
  mutating func next() throws(InputError) -> Result<Record, Rejection>? {
    guard let line = try lines.next() else { return nil }
    guard separator.hasQuotes, line.bytes.contains(Self.quote) else { return plain(line) }
    return separator == .tab ? quotedInLine(line) : try quoted(line)
  }

  private static let quote = UInt8(ascii: "\"")

  private func plain(_ line: InputLines.Line) -> Result<Record, Rejection> {
    Result { () throws(Rejection) in
      let text = try line.text()
      return Record(line: line.number, text: text, cells: split(text))
    }
  }

  private func split(_ text: String) -> [String] {
    text.utf8.split(separator: separator.rawValue, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
  }

  /// A row of a TSV file ends with its line; a quote that does not enclose a cell is a part of it.
  private func quotedInLine(_ line: InputLines.Line) -> Result<Record, Rejection> {
    let row = plain(line)
    guard case .success(let record) = row else { return row }
    let cells = record.cells.map { cell in
      guard cell.utf8.first == Self.quote else { return cell }
      let inside = try? Self.cells(of: Array(cell.utf8), separator: separator, line: line.number)
      return inside?.count == 1 ? inside?.first ?? cell : cell
    }
    return .success(Record(line: record.line, text: record.text, cells: cells))
  }

  /// A row that may go on over several lines.
  private mutating func quoted(_ first: InputLines.Line) throws(InputError)
    -> Result<Record, Rejection>
  {
    var scan = QuoteScan(separator: separator.rawValue)
    var bytes = first.bytes
    var isTooLong = first.isTooLong
    scan.read(first.bytes)
    var last = first.number
    while scan.isOpen, !isTooLong, let line = try lines.next() {
      last = line.number
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: line.bytes)
      isTooLong = line.isTooLong || bytes.count > InputLines.lineBytesMax
      scan.read(line.bytes)
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
      let text = try SpokenText.decode(bytes, line: line)
      do throws(Rejection) {
        let cells = try Self.cells(of: bytes, separator: separator, line: line)
        return Record(line: line, text: text, cells: cells)
      } catch {
        guard last > line else { throw error }
        throw Rejection(
          line: line, column: error.column, .syntax,
          "\(error.reason); a cell that begins with a quote here runs on to line \(last), and all up to "
            + "there was taken for this row")
      }
    }
  }

  /// The cells of one row.
  ///
  /// SwiftCSV looks at characters, and to it a quote with an accent on it is no quote, and a line
  /// separator ends a row. So what is no printable ASCII is put before it as a letter, one a byte, and
  /// turned back in the cells.
  private static func cells(of row: [UInt8], separator: Separator, line: Int) throws(Rejection)
    -> [String]
  {
    var rows: [[String]] = []
    do {
      // SwiftCSV reads the first row as a header: an empty one stands before ours.
      let csv = try EnumeratedCSV(
        string: "\n" + masked(row) + "\n",
        delimiter: .character(Character(Unicode.Scalar(separator.rawValue))),
        loadColumns: false, rowLimit: 0)
      try csv.enumerateAsArray(startAt: 1, rowLimit: nil) { rows.append($0) }
    } catch {
      throw Rejection(
        line: line, .syntax,
        "a quote inside a cell must be doubled, and the whole cell stand in quotes: \"say \"\"hi\"\"\""
      )
    }
    guard rows.count == 1, let cells = rows.first else {
      throw Rejection(line: line, .syntax, "the quotes of this row cannot be understood")
    }
    return cells.map(unmasked)
  }

  private static func isMasked(_ byte: UInt8) -> Bool {
    byte >= 0x7F || byte < 0x20 && byte != 0x09 && byte != 0x0A
  }

  private static func masked(_ bytes: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes {
      // U+0100 to U+01FF are letters, each a character of its own.
      text.append(
        isMasked(byte) ? Unicode.Scalar(0x100 | UInt16(byte)) ?? "?" : Unicode.Scalar(byte))
    }
    return String(text)
  }

  private static func unmasked(_ cell: String) -> String {
    guard cell.utf8.contains(where: { $0 >= 0x80 }) else { return cell }
    return String(
      decoding: cell.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
  }
}

/// Finds out whether a row goes on behind the end of a line, because a quoted cell is open there.
private struct QuoteScan {
  let separator: UInt8
  private(set) var isOpen = false
  private var state = State.cellBegins

  private enum State {
    case cellBegins, plain, quoted, quoteSeen
  }

  init(separator: UInt8) {
    self.separator = separator
  }

  /// Reads a line of the row.
  mutating func read(_ line: [UInt8]) {
    for byte in line {
      switch (state, byte) {
      case (.quoted, UInt8(ascii: "\"")): state = .quoteSeen
      case (.quoted, _): break
      case (.quoteSeen, UInt8(ascii: "\"")), (.cellBegins, UInt8(ascii: "\"")): state = .quoted
      case (_, separator): state = .cellBegins
      case (.cellBegins, 0x20), (.cellBegins, 0x09): break
      default: state = .plain
      }
    }
    isOpen = state == .quoted
  }
}
