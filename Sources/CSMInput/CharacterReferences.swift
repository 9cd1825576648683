/// Signs that are written as references in HTML and subtitles: `&amp;`, `&#39;`, `&#x27;`.
enum CharacterReferences {
  private static let named: [Substring: String] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "lrm": "", "rlm": "",
    "shy": "", "ndash": "–", "mdash": "—", "hellip": "…", "lsquo": "‘", "rsquo": "’", "ldquo": "“",
    "rdquo": "”",
  ]

  private static let lengthMax = 10

  /// The text with the signs themselves; a reference that is not known stays.
  static func decoded(_ text: String) -> String {
    var rest = text[...]
    var decoded = ""
    while let ampersand = rest.firstIndex(of: "&") {
      decoded += rest[..<ampersand]
      let behind = rest[rest.index(after: ampersand)...]
      if let end = behind.prefix(lengthMax).firstIndex(of: ";"), let sign = sign(behind[..<end]) {
        decoded += sign
        rest = behind[behind.index(after: end)...]
      } else {
        decoded += "&"
        rest = behind
      }
    }
    return decoded + rest
  }

  private static func sign(_ name: Substring) -> String? {
    guard name.first == "#" else { return named[name] }
    let digits = name.dropFirst()
    let number =
      digits.first?.lowercased() == "x"
      ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    guard let number, number > 0, let scalar = Unicode.Scalar(number) else { return nil }
    return String(Character(scalar))
  }
}
