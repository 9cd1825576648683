/// What is left of letters where a text was read in another encoding than it was written in.
enum Mojibake {
  /// The letters as which Windows-1252 shows the first byte of two in UTF-8: `Ã¼` for `ü`.
  private static let leads: Set<Unicode.Scalar> = ["Â", "Ã", "Ä", "Å", "Ð", "Ñ"]
  /// How it shows second bytes, but for signs that stand behind words.
  private static let trails: Set<Unicode.Scalar> = [
    "€", "ƒ", "ˆ", "‰", "Š", "Œ", "Ž", "˜", "š", "œ", "ž", "Ÿ",
  ]

  /// The first of them, and how many scalars are before it; nil where there is none.
  static func first(in text: String) -> (signs: String, offset: Int)? {
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

  static func warning(_ signs: String, line: Int, column: Int) -> Warning {
    Warning(
      line: line, column: column, code: "W-ENCODING",
      text: "\"\(signs)\" stands where other letters were lost, since the text was read in a wrong "
        + "encoding once: make the file anew, as UTF-8")
  }
}
