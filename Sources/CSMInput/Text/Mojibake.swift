/// Finds text that was once decoded with the wrong encoding.
enum Mojibake {
  /// The first byte of two-byte UTF-8 as Windows-1252 shows it: `Ã¼` for `ü`.
  private static let leads: Set<Unicode.Scalar> = ["Â", "Ã", "Ä", "Å", "Ð", "Ñ"]
  /// The second byte, without characters that often follow a word.
  private static let trails: Set<Unicode.Scalar> = [
    "€", "ƒ", "ˆ", "‰", "Š", "Œ", "Ž", "˜", "š", "œ", "ž", "Ÿ",
  ]

  /// The first occurrence and its offset in scalars; nil if there is none.
  static func first(in text: String) -> (characters: String, offset: Int)? {
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
    var last: Unicode.Scalar = " "
    for (offset, scalar) in text.unicodeScalars.enumerated() {
      if scalar == "\u{FFFD}" { return (String(Character(scalar)), offset) }
      let isTrail = (0x80...0xBF).contains(scalar.value) || trails.contains(scalar)
      if leads.contains(last) && isTrail || last == "â" && scalar == "€" {
        return ("\(Character(last))\(Character(scalar))", offset - 1)
      }
      last = scalar
    }
    return nil
  }

  static func warning(_ characters: String, line: Int, column: Int) -> Warning {
    Warning(
      line: line, column: column, code: "W-ENCODING",
      text: "\"\(characters)\" replaces letters that were lost when the text was read in the wrong "
        + "encoding: export the file again, as UTF-8")
  }
}
