import Foundation

/// Text as it comes from a file: checked, trimmed, and in one Unicode form.
package enum SpokenText {
  /// Reads bytes as UTF-8.
  ///
  /// - Throws: with the column of the first byte that is none, or of a NUL.
  package static func decode(_ bytes: [UInt8]) throws(Rejection) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = validPrefix(bytes)
      let byte = String(bytes[valid], radix: 16, uppercase: true)
      throw Rejection(
        column: column(after: bytes[..<valid]), "the byte 0x\(byte) is not valid UTF-8")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw Rejection(column: column(after: bytes[..<zero]), "a NUL byte cannot be spoken")
    }
    return text
  }

  /// The text that is sent: without white space around it, in Unicode's normal form C.
  ///
  /// - Throws: when no letter and no digit is in it, since then nothing would be spoken.
  package static func spoken(_ text: String) throws(Rejection) -> String {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard trimmed.unicodeScalars.contains(where: isSpoken) else {
      throw Rejection("there is no letter or digit to speak")
    }
    return trimmed.utf8.allSatisfy { $0 < 0x80 }
      ? trimmed : trimmed.precomposedStringWithCanonicalMapping
  }

  private static func isSpoken(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// How many bytes at the beginning are valid UTF-8.
  private static func validPrefix(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var rest = bytes.makeIterator()
    var valid = 0
    while case .scalarValue(let scalar) = decoder.decode(&rest) {
      valid += UTF8.width(scalar)
    }
    return min(valid, bytes.count - 1)
  }

  private static func column(after bytes: ArraySlice<UInt8>) -> Int {
    String(decoding: bytes, as: UTF8.self).count + 1
  }
}
