extension String {
  /// Without surrounding white space.
  var trimmed: String {
    guard let first = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    if first == startIndex, unicodeScalars.index(after: last) == endIndex { return self }
    return String(unicodeScalars[first...last])
  }

  /// Whether it has nothing but white space.
  var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } || allSatisfy(\.isWhitespace) }
}

extension InputLines.Line {
  var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
}
