import CLinux
import Foundation

/// Text measured in terminal columns; the width of a character is that of wcwidth(3).
package enum TextWidth {
  /// The columns that a text takes on a terminal.
  package static func of(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { width, scalar in
      let isPlain = scalar.isASCII || !knowsWidths
      return width + (isPlain ? 1 : max(0, Int(wcwidth(Int32(bitPattern: scalar.value)))))
    }
  }

  /// wcwidth(3) knows only the characters of the locale.
  private static let knowsWidths = setlocale(LC_CTYPE, "C.UTF-8") != nil

  /// The text, or as many whole words as fit into `width` columns with an ellipsis.
  package static func cut(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    var kept = Substring()
    var used = 1
    for index in text.indices {
      used += of(String(text[index]))
      if used > width { break }
      kept = text[...index]
    }
    // A word is cut only if most of the width would otherwise stay empty.
    if let space = kept.lastIndex(of: " "),
      of(String(kept[..<space])) * 2 >= width, text[kept.endIndex...].first != " "
    {
      kept = kept[..<space]
    }
    return String(kept) + "…"
  }

  package static func pad(_ text: String, to width: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - of(text)))
    return right ? space + text : text + space
  }

  /// Wraps a text between its words; a longer word gets a line of its own.
  package static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var used = 0
    for word in text.split(separator: " ") {
      let columns = of(String(word))
      if !lines.isEmpty, used + 1 + columns <= width {
        lines[lines.count - 1] += " \(word)"
        used += 1 + columns
      } else {
        lines.append(String(word))
        used = columns
      }
    }
    return lines
  }
}
