import CSMCore

/// A file of respellings: a term, a tab and its respelling on each line.
package enum RespellingFile {
  /// Adds the terms of a file; skips blank lines and those that begin with `#`.
  ///
  /// - Parameter isNormalised: whether typography is made plain before words are respelt, so that terms
  ///   must be found in their plain form too.
  package static func read(
    _ text: String, isNormalised: Bool, into respelling: inout Respelling
  ) throws(SyntaxError) {
    var plain: [(term: String, spelling: String)] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy(\.isWhitespace) || line.first == "#" { continue }
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw SyntaxError(line: index + 1, "a line must be a term, a tab and its respelling")
      }
      let term = SpokenText.composed(String(parts[0]).trimmed)
      let spelling = SpokenText.composed(String(parts[1]).trimmed)
      guard respelling.add(term, as: spelling) else {
        throw SyntaxError(line: index + 1, "the term has no letter or digit")
      }
      if isNormalised { plain.append((SpokenText.composed(Typography.plainPart(term)), spelling)) }
    }
    // A term that is written in its plain form wins, wherever it is in the file.
    for (term, spelling) in plain { _ = respelling.add(term, as: spelling) }
  }
}
