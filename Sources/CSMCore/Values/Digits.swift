extension FixedWidthInteger {
  /// Reads decimal digits and nothing else: no sign, so that `-0` is no number here.
  init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    self.init(text, radix: 10)
  }
}
