extension FixedWidthInteger {
  /// Parses decimal digits only; a sign is not allowed.
  package init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    self.init(text, radix: 10)
  }
}

extension BinaryInteger {
  /// Its decimal digits, with zeros before them up to `width`.
  package func padded(to width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
