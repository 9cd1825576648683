/// Parses `csm.conf`: `KEY=VALUE` lines, the format of systemd's `EnvironmentFile`.
package enum SettingsFile {
  /// A line that is not empty, a comment or `KEY=VALUE`.
  package struct BadLine: Error, Sendable, CustomStringConvertible {
    package let line: Int

    /// Omits the text of the line, which may contain the key.
    package var description: String {
      "line \(line): expected KEY=VALUE, or a comment starting with #"
    }
  }

  /// The values by name; the last one of a name wins.
  ///
  /// Blank lines and lines that start with `#` or `;` are ignored. White space around name and
  /// value is trimmed, then one pair of quotes around the value.
  package static func parse(_ text: String) throws(BadLine) -> [String: String] {
    var values: [String: String] = [:]
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      let line = trimmed(line)
      guard let first = line.first, first != "#", first != ";" else { continue }
      guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
        throw BadLine(line: index + 1)
      }
      let name = String(trimmed(line[..<equals]))
      values[name] = unquoted(trimmed(line[line.index(after: equals)...]))
    }
    return values
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
  }

  private static func unquoted(_ value: Substring) -> String {
    guard value.count >= 2, let quote = value.first, quote == "\"" || quote == "'",
      value.last == quote
    else { return String(value) }
    return String(value.dropFirst().dropLast())
  }
}
