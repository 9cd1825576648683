import CSMCore
import Foundation

/// Text as it comes from a file: checked, trimmed, and in one Unicode form.
package enum SpokenText {
  /// Reads bytes as UTF-8.
  ///
  /// - Throws: with the column of the first byte that is none, or of a NUL.
  static func decode(_ bytes: [UInt8], line: Int) throws(Rejection) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = validPrefix(bytes)
      let byte = String(bytes[valid], radix: 16, uppercase: true)
      throw Rejection(
        line: line, column: column(after: bytes[..<valid]), .encoding,
        "the byte 0x\(byte) is not valid UTF-8: save the file as UTF-8, whatever it is now (Windows-1252, "
          + "Windows-1251, Shift JIS, GB 18030 …); if it is of Western Europe, --encoding windows-1252 may "
          + "do, and --dry-run shows whether the words are right")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw Rejection(
        line: line, column: column(after: bytes[..<zero]), .encoding,
        "a NUL byte cannot be spoken")
    }
    return text
  }

  /// What is sent for a text by default: in plain typography, cut into turns that CSM speaks well.
  package static func pieces(of text: String) throws(Rejection) -> [String] {
    let sent = composed(Typography.plain(composed(text.trimmed)))
    guard isSpeakable(sent), !sent.utf8.contains(0) else {
      throw Rejection(line: 1, .empty, "there is no letter or digit to speak")
    }
    return Splitter().pieces(of: sent)
  }

  /// Unicode's normal form C, which is what most programs write anyway.
  package static func composed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }

  /// Whether a letter or digit is in it: nothing else can be spoken.
  package static func isSpeakable(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
    }
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

extension InputLines.Line {
  /// The line as text.
  func text() throws(Rejection) -> String {
    guard !isTooLong else {
      throw Rejection(
        line: number, .budget,
        "the line is longer than \(InputLines.lineBytesMax >> 20) MiB")
    }
    return try SpokenText.decode(bytes, line: number)
  }
}
