/// What stands above a table and says how it is to be read: Excel's `sep=;`, and the lines with which
/// exports of Anki begin, such as `#separator:tab`.
struct TableHint {
  /// What stands between the cells.
  private(set) var separator: CellSeparator?
  /// Cells are HTML.
  private(set) var isHTML = false
  /// The names of the columns, with separators between.
  private(set) var columns: InputLines.Line?
  private(set) var isAnki = false

  private static let ankiKeys: Set<String> = [
    "separator", "html", "tags", "columns", "notetype", "deck", "notetype column", "deck column",
    "tags column", "guid column", "if matches",
  ]

  private static let separators: [String: CellSeparator] = [
    "comma": .comma, ",": .comma, "semicolon": .semicolon, ";": .semicolon, "tab": .tab,
    "\t": .tab, "\\t": .tab, "pipe": .pipe, "|": .pipe,
  ]

  /// - Returns: whether the line is such a one; otherwise it is a row.
  mutating func read(_ line: InputLines.Line) throws(InputError) -> Bool {
    guard line.bytes.count < 4096 else { return false }
    let text = String(decoding: line.bytes, as: UTF8.self)
    if let sign = Self.excelSign(text) {
      separator = try Self.separator(sign, line, "sep=")
      return true
    }
    guard let (key, value) = Self.ankiPair(text) else { return false }
    isAnki = true
    switch key {
    case "separator": separator = try Self.separator(value, line, "#separator:")
    case "html": isHTML = value.lowercased() == "true"
    case "columns":
      columns = InputLines.Line(
        number: line.number, bytes: Array(text.drop { $0 != ":" }.dropFirst().utf8),
        isTooLong: false)
    default: break
    }
    return true
  }

  /// Whether a file begins as an export of Anki does.
  static func isAnki(_ line: InputLines.Line) -> Bool {
    ankiPair(String(decoding: line.bytes.prefix(64), as: UTF8.self))?.key == "separator"
  }

  private static func ankiPair(_ text: String) -> (key: String, value: String)? {
    guard text.hasPrefix("#"), let colon = text.firstIndex(of: ":") else { return nil }
    let key = text[..<colon].dropFirst().lowercased()
    guard ankiKeys.contains(key) else { return nil }
    let value = text[text.index(after: colon)...]
    // Spreadsheets write separators behind it, as many as there are columns.
    let end = value.lastIndex { !",; \t".contains($0) }
    return (key, end.map { String(value[...$0]).trimmed } ?? String(value.prefix(1)))
  }

  private static func excelSign(_ text: String) -> String? {
    let plain =
      text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    guard plain.lowercased().hasPrefix("sep="), plain.count <= 5 else { return nil }
    return String(plain.dropFirst(4))
  }

  private static func separator(
    _ name: String, _ line: InputLines.Line, _ key: String
  ) throws(InputError) -> CellSeparator {
    guard let separator = separators[name.lowercased()] else {
      throw .refused(
        Rejection(
          line: line.number, .field,
          "\(key) names a sign that is not read: put tabs, commas, semicolons or pipes between the cells"
        ))
    }
    return separator
  }
}
