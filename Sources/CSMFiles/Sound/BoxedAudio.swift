/// Checks and measures MP4 and AIFF, which consist of boxes with declared lengths.
enum BoxedAudio {
  /// How many boxes of a level to read at most.
  private static let boxesMax = 1000

  private struct Box {
    let type: String
    let content: Range<Int>
  }

  /// The duration of an MP4 file in milliseconds; nil if its header does not tell (ISO 14496-12).
  ///
  /// - Throws: `AudioFault` if it is cut off or contains no media.
  static func mp4(length: Int, read: (Int, Int) throws -> [UInt8]) throws -> Int? {
    let boxes = try mp4Boxes(in: 0..<length, read: read)
    guard let film = boxes.first(where: { $0.type == "moov" }),
      boxes.contains(where: { $0.type == "mdat" && !$0.content.isEmpty })
    else { throw AudioFault.malformed("an MP4 file without audio") }
    let parts = try mp4Boxes(in: film.content, read: read)
    guard let head = parts.first(where: { $0.type == "mvhd" }) else { return nil }
    let bytes = try read(head.content.lowerBound, min(head.content.count, 32))
    let isLong = bytes.first == 1
    guard let scale = bytes.number(at: isLong ? 20 : 12, 4), scale > 0,
      let ticks = bytes.number(at: isLong ? 24 : 16, isLong ? 8 : 4), ticks > 0
    else { return nil }
    return Int(exactly: (Double(ticks) * 1000 / Double(scale)).rounded(.down))
  }

  private static func mp4Boxes(
    in range: Range<Int>, read: (Int, Int) throws -> [UInt8]
  ) throws -> [Box] {
    try boxes(in: range, read: read) { head, left in
      guard let type = head.name(at: 4), let short = head.number(at: 0, 4) else { return nil }
      return switch short {
      case 0: Head(type: type, bytes: 8, content: left - 8)
      case 1: head.number(at: 8, 8).map { Head(type: type, bytes: 16, content: $0 - 16) }
      default: Head(type: type, bytes: 8, content: short - 8)
      }
    }
  }

  /// The duration of an AIFF file in milliseconds (Apple's AIFF 1.3).
  ///
  /// - Throws: `AudioFault` if it is cut off or contains no audio.
  static func aiff(length: Int, read: (Int, Int) throws -> [UInt8]) throws -> Int? {
    let boxes = try boxes(in: 12..<max(12, length), read: read) { head, _ in
      guard let type = head.name(at: 0), let count = head.number(at: 4, 4) else { return nil }
      return Head(type: type, bytes: 8, content: count, padding: count % 2)
    }
    guard let common = boxes.first(where: { $0.type == "COMM" }),
      boxes.contains(where: { $0.type == "SSND" && $0.content.count > 8 })
    else { throw AudioFault.malformed("an AIFF file without audio") }
    let bytes = try read(common.content.lowerBound, min(common.content.count, 18))
    // The rate is an 80-bit float: its exponent, and the upper 32 bits of its significand, which suffice.
    guard let frames = bytes.number(at: 2, 4), let point = bytes.number(at: 8, 2),
      let digits = bytes.number(at: 10, 4), (0x3FFF..<0x3FFF + 32).contains(point)
    else { throw AudioFault.malformed("an AIFF file without a valid sample rate") }
    let rate = digits >> (31 - (point - 0x3FFF))
    return rate > 0 ? frames * 1000 / rate : nil
  }

  private struct Head {
    let type: String
    let bytes: Int
    let content: Int
    var padding = 0
  }

  /// Reads consecutive boxes.
  ///
  /// - Parameter head: parses the first 16 bytes of a box; also receives the number of bytes left in the range.
  /// - Throws: `AudioFault` if the last box is incomplete.
  private static func boxes(
    in range: Range<Int>, read: (Int, Int) throws -> [UInt8], head: ([UInt8], Int) -> Head?
  ) throws -> [Box] {
    var boxes: [Box] = []
    var offset = range.lowerBound
    while offset < range.upperBound, boxes.count < boxesMax {
      let left = range.upperBound - offset
      guard let head = head(try read(offset, min(16, left)), left), head.content >= 0,
        head.content <= left - head.bytes
      else { throw AudioFault.malformed("its last part, of \(left) bytes, is cut off") }
      let start = offset + head.bytes
      boxes.append(Box(type: head.type, content: start..<start + head.content))
      offset = start + head.content + head.padding
    }
    return boxes
  }
}

extension [UInt8] {
  /// The big-endian number of `size` bytes at an offset; nil if it is out of range or too large.
  fileprivate func number(at offset: Int, _ size: Int) -> Int? {
    guard count >= offset + size, size < 8 || self[offset] < 0x80 else { return nil }
    return self[offset..<offset + size].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The four-letter name at an offset; nil if it is out of range.
  fileprivate func name(at offset: Int) -> String? {
    count < offset + 4 ? nil : String(decoding: self[offset..<offset + 4], as: UTF8.self)
  }
}
