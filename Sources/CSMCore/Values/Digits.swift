extension FixedWidthInteger {
  /// Parses decimal digits only; a sign is not allowed.
  init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    self.init(text, radix: 10)
  }
}
