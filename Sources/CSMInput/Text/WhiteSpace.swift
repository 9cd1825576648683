extension String {
  /// Without surrounding white space.
  var trimmed: String {
    // Most texts begin and end with a visible character of ASCII.
    let visible: ClosedRange<UInt8> = 0x21...0x7E
    if let first = utf8.first, let last = utf8.last, visible ~= first, visible ~= last {
      return self
    }
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
