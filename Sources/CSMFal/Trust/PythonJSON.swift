import Foundation

/// JSON as Python's `json` writes it unless it is told not to: with `NaN` and `Infinity`, which JSON does not
/// have (RFC 8259, 6).
///
/// Foundation's own way to read these, `allowsJSON5`, ends the process on some malformed texts.
enum PythonJSON {
  private static let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }

  /// The text with `null` in the place of each such number outside of strings.
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
