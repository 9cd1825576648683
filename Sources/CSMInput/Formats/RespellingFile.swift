import CSMCore

/// A file of words that are sent in another spelling: a term, a tab and its respelling on each line.
package enum RespellingFile {
  package struct Mistake: Error, Equatable {
    /// From 1.
    package let line: Int
    package let reason: String
  }

  /// Adds the terms of a file; blank lines, and those that begin with #, are passed over.
  package static func read(_ text: String, into respelling: inout Respelling) throws(Mistake) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy(\.isWhitespace) || line.first == "#" { continue }
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw Mistake(line: index + 1, reason: "a line is a term, a tab and its respelling")
      }
      let term = SpokenText.composed(String(parts[0]).trimmed)
      guard respelling.add(term, as: SpokenText.composed(String(parts[1]).trimmed)) else {
        throw Mistake(line: index + 1, reason: "the term has no letter or digit")
      }
    }
  }
}
