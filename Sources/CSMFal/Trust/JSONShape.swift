/// How much of a JSON text stands outside of its strings: each bracket, comma and digit there costs a
/// parser many times its own size.
struct JSONShape {
  /// Bytes outside of strings, quotes included.
  let bytesOutside: Int

  /// What fal's longest answers need, many times over.
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

  /// Whether it may be given to a parser.
  var isModest: Bool { bytesOutside <= Self.bytesOutsideMax }
}
