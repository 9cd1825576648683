/// A syntax error in a cast or respelling file.
package struct SyntaxError: Error, Equatable {
  /// From 1; nil if the error has no single place.
  package let line: Int?
  package let reason: String

  package init(line: Int? = nil, _ reason: String) {
    self.line = line
    self.reason = reason
  }
}
