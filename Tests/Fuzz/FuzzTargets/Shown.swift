import CSMCore
import CSMFiles

extension FuzzTarget {
  /// Text on a terminal, in a table or a log: one line, in one direction, and the cursor stays.
  static let terminal = FuzzTarget(
    "terminal",
    seeds: [
      "plain", "\u{1B}[2J\u{1B}]0;title\u{7}", "\u{9B}31m", "a\tb\r\nc", "\u{202E}dlrow",
      "\u{2066}x\u{2069}", "e\u{301}\u{1B}", "\u{E0041}", "\u{200B}",
      "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
      "^[", "\\u{202e}", "\u{85}", "\u{7F}", "\u{AD}", "\u{FFF9}",
    ], words: ["\u{1B}[", "\u{9B}", "\u{202E}", "\u{2028}", "\u{0}", "\u{301}", "\u{7}"]
  ) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let line = Printable.line(text)
    for scalar in line.unicodeScalars {
      let isHarmless =
        scalar.properties.generalCategory != .control
        && scalar.properties.generalCategory != .lineSeparator
        && scalar.properties.generalCategory != .paragraphSeparator
        && !scalar.properties.isBidiControl
      try demand(isHarmless, "U+\(String(scalar.value, radix: 16)) is shown")
    }
    try demand(Printable.line(line) == line, "what is harmless is changed again")
    let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    try demand(!isPlain || line == text, "plain text is changed")
  }

  /// A name in an export folder: it stays in there, on any file system.
  static let exportName = FuzzTarget(
    "export-name",
    seeds: [
      "L0001.wav", "a/b/c.wav", "../../etc/passwd", "/etc/passwd", "..", ".", "", "a//b", "-rf",
      ".hid",
      "a\u{0}b", "a\\b", "C:\\x", "COM1", "a/\u{301}b", "..\u{301}/x", "x. ", "\u{202E}vaw.1L",
      "*?<>|",
      String(repeating: "a", count: 500) + ".wav", String(repeating: "\u{301}", count: 300),
    ], words: ["/", "..", ".", "\u{0}", "\u{301}", "-", "\\", " ", ".wav", "\u{2025}", "\u{FF0F}"]
  ) { bytes in
    guard let name = try? ExportName(String(decoding: bytes, as: UTF8.self)) else { return }
    try demand(!name.components.isEmpty, "a name without a name")
    for component in name.components {
      let scalars = component.unicodeScalars
      try demand(!component.isEmpty && component.utf8.count <= 255, "a name that cannot be made")
      try demand(component != "." && component != "..", "it leaves its folder")
      try demand(
        !scalars.contains { $0 == "/" || $0 == "\\" || $0.properties.generalCategory == .control },
        "a name that is a path")
      try demand(scalars.first != "." && scalars.first != "-", "it hides, or looks like an option")
    }
  }
}
