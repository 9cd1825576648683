extension UInt8 {
  /// Whether it is A–Z, a–z or 0–9 in ASCII.
  package var isLetterOrDigit: Bool {
    (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
  }
}

extension Unicode.Scalar {
  /// Whether it is a letter or a digit of any script.
  package var isLetterOrDigit: Bool {
    properties.isAlphabetic || properties.numericType != nil
  }
}
