/// A cell of a CSV file (RFC 4180).
package enum CSVCell {
  /// The cell, in quotes if necessary.
  ///
  /// A text that a spreadsheet would take for a formula gets a `'` before it.
  package static func quoted(_ text: String) -> String {
    let safe = isFormula(text) ? "'" + text : text
    let mustQuote = safe.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard mustQuote else { return safe }
    // By scalars: a quote with a combining accent is another character in Swift, but still a quote in CSV.
    var cell = String.UnicodeScalarView()
    for scalar in safe.unicodeScalars {
      cell.append(contentsOf: scalar == "\"" ? ["\"", "\""] : [scalar])
    }
    return "\"\(String(cell))\""
  }

  /// Whether a spreadsheet would take the text for a formula.
  package static func isFormula(_ text: String) -> Bool {
    text.unicodeScalars.first.map { "=+-@\t\r＝＋－＠".unicodeScalars.contains($0) } ?? false
  }
}
