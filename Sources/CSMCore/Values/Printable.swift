/// Makes untrusted text safe for a terminal, a log line or a table.
///
/// Control characters (C0, DEL, C1), line and paragraph separators, and directional marks are
/// escaped, so the text can neither move the cursor nor reorder what surrounds it.
package enum Printable {
  /// The text with every unsafe character shown as `^X` or `\u{…}`.
  package static func line(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isDangerous) else { return text }
    return text.unicodeScalars.reduce(into: "") { line, scalar in
      guard isDangerous(scalar) else {
        line.unicodeScalars.append(scalar)
        return
      }
      switch scalar.value {
      case 0x00...0x1F, 0x7F:
        line.append("^")
        line.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value ^ 0x40)))
      default: line.append("\\u{\(String(scalar.value, radix: 16))}")
      }
    }
  }

  private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true  // controls
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // directions
    case 0x2028, 0x2029: true  // line and paragraph separators
    case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true  // invisible marks and tags
    default: false
    }
  }
}
