/// A SHA-256; that of a file's bytes is its name in the store.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The 32 bytes in the order of SHA-256.
  package let bytes: SIMD32<UInt8>

  package init(_ bytes: SIMD32<UInt8>) {
    self.bytes = bytes
  }

  /// Parses 64 lower-case hexadecimal digits; nil for anything else, so that each digest has one
  /// form.
  package init?(hex: some StringProtocol) {
    let digits = hex.utf8
    guard digits.count == Self.digitCount else { return nil }
    var bytes = SIMD32<UInt8>()
    for (index, digit) in digits.enumerated() {
      guard let value = Self.hexDigits.firstIndex(of: digit) else { return nil }
      bytes[index / 2] = bytes[index / 2] << 4 | UInt8(value)
    }
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: Self.digitCount) { digits in
      for index in bytes.indices {
        digits[2 * index] = Self.hexDigits[Int(bytes[index] >> 4)]
        digits[2 * index + 1] = Self.hexDigits[Int(bytes[index] & 0x0F)]
      }
      return Self.digitCount
    }
  }

  package var description: String { hex }

  private static let digitCount = 2 * SIMD32<UInt8>.scalarCount
  private static let hexDigits = Array("0123456789abcdef".utf8)
}
