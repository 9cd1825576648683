import CSMCore
import Foundation

/// Decodes and normalises text from a file.
package enum SpokenText {
  /// Reads bytes as UTF-8.
  ///
  /// - Throws: at the first invalid byte, or at a NUL.
  static func decode(_ bytes: [UInt8], line: Int) throws(Rejection) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = validPrefix(bytes)
      let byte = String(bytes[valid], radix: 16, uppercase: true)
      throw Rejection(
        line: line, column: column(after: bytes[..<valid]), .encoding,
        "the byte 0x\(byte) is not valid UTF-8: the file has another encoding (Windows-1252, Windows-1251, "
          + "Shift JIS, GB 18030 …), so save it as UTF-8; for a Western European text, --encoding "
          + "windows-1252 may work: check the words with --dry-run")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw Rejection(
        line: line, column: column(after: bytes[..<zero]), .encoding,
        "a NUL byte cannot be spoken")
    }
    return text
  }

  /// What is sent for a text by default: with plain typography, split into turns that CSM speaks well.
  package static func pieces(of text: String) throws(Rejection) -> [String] {
    let sent = composed(Typography.plain(composed(text.trimmed)))
    guard isSpeakable(sent), !sent.utf8.contains(0) else {
      throw Rejection(line: 1, .empty, "there is no letter or digit to speak")
    }
    return Splitter().pieces(of: sent)
  }

  /// Unicode normalization form C, which most programs write anyway.
  package static func composed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }

  /// Whether the text contains a letter or digit; nothing else can be spoken.
  package static func isSpeakable(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: \.isLetterOrDigit)
  }

  /// The number of leading bytes that are valid UTF-8.
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
  func text() throws(Rejection) -> String {
    guard !isTooLong else {
      throw Rejection(
        line: number, .budget,
        "the line is longer than \(InputLines.lineBytesMax >> 20) MiB")
    }
    return try SpokenText.decode(bytes, line: number)
  }
}
