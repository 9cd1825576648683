extension String {
  /// The text on one line; anything that a reader may take for the end of a line becomes a space.
  var oneLine: String {
    guard unicodeScalars.contains(where: Self.endsLine) else { return self }
    return String(
      String.UnicodeScalarView(unicodeScalars.map { Self.endsLine($0) ? " " : $0 }))
  }

  private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// The path without its extension.
  var withoutExtension: String {
    guard let dot = lastIndex(of: "."), !self[dot...].contains("/") else { return self }
    return String(self[..<dot])
  }
}
