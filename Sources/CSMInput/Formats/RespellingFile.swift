import CSMCore

/// A file of respellings: a term, a tab and its respelling on each line.
package enum RespellingFile {
  /// Adds the terms of a file; skips blank lines and those that begin with `#`.
  package static func read(_ text: String, into respelling: inout Respelling) throws(SyntaxError) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy(\.isWhitespace) || line.first == "#" { continue }
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw SyntaxError(line: index + 1, "a line must be a term, a tab and its respelling")
      }
      let term = SpokenText.composed(String(parts[0]).trimmed)
      guard respelling.add(term, as: SpokenText.composed(String(parts[1]).trimmed)) else {
        throw SyntaxError(line: index + 1, "the term has no letter or digit")
      }
    }
  }
}
