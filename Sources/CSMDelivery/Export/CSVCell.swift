/// A cell of a CSV file (RFC 4180).
package enum CSVCell {
  /// The cell, in quotes if necessary.
  ///
  /// A text that a spreadsheet would take for a formula gets a `'` before it.
  package static func quoted(_ text: String) -> String {
    let safe = isFormula(text) ? "'" + text : text
    let mustQuote = safe.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard mustQuote else { return safe }
    return "\"\(safe.replacingScalars(["\"": "\"\""]))\""
  }

  /// Whether a spreadsheet would take the text for a formula.
  package static func isFormula(_ text: String) -> Bool {
    text.unicodeScalars.first.map { "=+-@\t\r＝＋－＠".unicodeScalars.contains($0) } ?? false
  }
}
