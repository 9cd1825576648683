import Foundation

/// Cleans up JSON written by Python's `json`, which by default allows `NaN` and `Infinity`, unlike
/// RFC 8259, 6.
///
/// Foundation's own option for these, `allowsJSON5`, crashes on some malformed texts.
enum PythonJSON {
  private static let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }

  /// The text with each such number outside strings replaced by `null`.
  static func plain(_ text: Data) -> Data {
    var plain = Data(capacity: text.count)
    var (index, isInside) = (text.startIndex, false)
    while index < text.endIndex {
      let rest = text[index...]
      if !isInside, let word = words.first(where: { rest.starts(with: $0) }) {
        plain += Data("null".utf8)
        index += word.count
        continue
      }
      let isEscape = isInside && text[index] == UInt8(ascii: "\\")
      if text[index] == UInt8(ascii: "\"") { isInside.toggle() }
      let length = isEscape ? min(2, rest.count) : 1
      plain += rest.prefix(length)
      index += length
    }
    return plain
  }
}
