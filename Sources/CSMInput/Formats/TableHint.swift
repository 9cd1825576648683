/// Directives above a table: Excel's `sep=;`, and the first lines of Anki's exports, such as
/// `#separator:tab`.
struct TableHint {
  private(set) var separator: CellSeparator?
  /// Whether cells contain HTML.
  private(set) var isHTML = false
  /// The column names, with separators between them.
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

  /// - Returns: whether the line is a directive; otherwise it is a row.
  mutating func read(_ line: InputLines.Line) throws(InputError) -> Bool {
    guard line.bytes.count < 4096 else { return false }
    let text = String(decoding: line.bytes, as: UTF8.self)
    if let name = Self.excelSeparator(text) {
      separator = try Self.separator(name, line, "sep=")
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

  /// Whether this is the first line of an Anki export.
  static func isAnki(_ line: InputLines.Line) -> Bool {
    ankiPair(String(decoding: line.bytes.prefix(64), as: UTF8.self))?.key == "separator"
  }

  private static func ankiPair(_ text: String) -> (key: String, value: String)? {
    guard text.hasPrefix("#"), let colon = text.firstIndex(of: ":") else { return nil }
    let key = text[..<colon].dropFirst().lowercased()
    guard ankiKeys.contains(key) else { return nil }
    let value = text[text.index(after: colon)...]
    // Spreadsheets add trailing separators, one per column.
    let end = value.lastIndex { !",; \t".contains($0) }
    return (key, end.map { String(value[...$0]).trimmed } ?? String(value.prefix(1)))
  }

  private static func excelSeparator(_ text: String) -> String? {
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
          "\(key) names an unknown separator: use tabs, commas, semicolons or pipes"
        ))
    }
    return separator
  }
}
