/// A word that was hyphenated at the end of a line, such as `some-` and `thing`.
///
/// Lines are joined with a space, so it is spoken with a gap. What is sent for a text never changes, and only
/// the author knows whether the hyphen belongs to the word, so it is reported.
enum BrokenWord {
  /// Words that follow a hyphen which stands for a part of a word: `two- and threefold`.
  private static let joining: Set<String> = ["and", "or", "nor", "to"]
  private static let hyphens: Set<Character> = ["-", "\u{2010}", "\u{AD}"]

  /// The index of the first row that ends with such a word, and the word as it is joined.
  static func first(in rows: [String]) -> (row: Int, words: String)? {
    for (row, (upper, lower)) in zip(rows, rows.dropFirst()).enumerated() {
      guard let start = upper.split(whereSeparator: \.isWhitespace).last,
        let end = lower.split(whereSeparator: \.isWhitespace).first,
        let hyphen = start.last, hyphens.contains(hyphen),
        start.dropLast().last?.isLetter == true, end.first?.isLowercase == true
      else { continue }
      if !joining.contains(String(end)) { return (row, "\(start) \(end)") }
    }
    return nil
  }

  static func warning(_ words: String, line: Int) -> Warning {
    Warning(
      line: line, column: 1, code: "W-HYPHEN",
      text: "\"\(words)\" is broken at the end of the line, and is spoken as two words: write it "
        + "on one line")
  }
}
