/// Measures how much of a JSON text is outside strings, where each bracket, comma and digit costs a
/// parser many times its own size.
struct JSONShape {
  /// Bytes outside strings, including the quotes.
  let bytesOutside: Int

  /// Many times what fal's longest answers need.
  static let bytesOutsideMax = 1 << 18

  init(_ text: [UInt8]) {
    var outside = 0
    var isInside = false
    var isEscaped = false
    for byte in text {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        isInside.toggle()
        outside += 1
      } else if !isInside {
        outside += 1
      } else {
        isEscaped = byte == UInt8(ascii: "\\")
      }
    }
    bytesOutside = outside
  }

  /// Whether it is safe to parse.
  var isModest: Bool { bytesOutside <= Self.bytesOutsideMax }
}
