extension String {
  /// The text with some scalars replaced.
  ///
  /// By scalars, since a separator with a combining accent is another character to Swift, but still a separator to
  /// whoever reads the file.
  func replacingScalars(_ others: [Unicode.Scalar: String]) -> String {
    guard unicodeScalars.contains(where: { others[$0] != nil }) else { return self }
    var text = UnicodeScalarView()
    for scalar in unicodeScalars {
      if let other = others[scalar] {
        text.append(contentsOf: other.unicodeScalars)
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
