/// Normalises punctuation to the few forms CSM has learnt, without changing any word.
///
/// Curly quotes and apostrophes, dashes, ellipses and unusual spaces become their plain forms.
/// Invisible characters (zero-width, directional and control characters) are removed, and white
/// space is collapsed. The text ends like a sentence, since CSM otherwise cuts off the last word.
/// The function is idempotent.
package enum Typography {
  /// The normalised text.
  package static func plain(_ text: String) -> String { ended(plainPart(text)) }

  /// A part of a text in the form that it has in the normalised text, whose end is not the part's own.
  package static func plainPart(_ text: String) -> String {
    isPlain(text) ? text : rewritten(text)
  }

  /// Whether only the end may need a change: printable ASCII with single spaces.
  private static func isPlain(_ text: String) -> Bool {
    var last = UInt8(ascii: " ")
    for byte in text.utf8 {
      guard (0x20...0x7E).contains(byte), byte != 0x20 || last != 0x20 else { return false }
      last = byte
    }
    return last != 0x20
  }

  private static func rewritten(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    var wantsSpace = false
    func append(_ mark: String) {
      for scalar in mark.unicodeScalars {
        if scalar == " " {
          wantsSpace = !plain.isEmpty
        } else {
          if wantsSpace { plain.append(" ") }
          wantsSpace = false
          plain.append(scalar)
        }
      }
    }
    for scalar in text.unicodeScalars { append(Self.plain(scalar)) }
    return String(plain)
  }

  /// The plain form of a scalar; empty for an invisible one.
  private static func plain(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x2018, 0x2019, 0x201B: return "'"
    case 0x201C, 0x201D, 0x201E, 0x201F: return "\""
    case 0x2026: return "..."
    case 0x2013, 0x2014, 0x2015: return " - "
    case 0x2010, 0x2011: return "-"
    default: break
    }
    if scalar.properties.isWhitespace { return " " }
    switch scalar.properties.generalCategory {
    case .control, .format: return ""
    default: return String(Character(scalar))
    }
  }

  /// The text with a full stop if nothing else ends it, in place of a trailing comma or the like.
  private static func ended(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let end = scalars.lastIndex { !"\"')]}".unicodeScalars.contains($0) }
    guard let end else { return text }
    switch scalars[end] {
    case ".", "!", "?", "。", "！", "？": return text
    case ",", ";", ":", "-":
      guard scalars.index(after: end) == scalars.endIndex else { return text + "." }
      let words = scalars[..<end].lastIndex { !",;:- ".unicodeScalars.contains($0) }
      guard let words else { return text }
      return ended(String(scalars[...words]))
    default: return text + "."
    }
  }
}
