import Foundation

/// The encoding of an input file.
package enum TextEncoding: String, Sendable, CaseIterable {
  case utf8 = "utf-8"
  /// What Excel and Notepad write in Western Europe; a superset of Latin-1's printable characters.
  case windows1252 = "windows-1252"
  /// UTF-16; the byte order mark tells the order, little-endian by default.
  case utf16 = "utf-16"
  case utf16LittleEndian = "utf-16le"
  case utf16BigEndian = "utf-16be"
}

/// Converts chunks of a file to UTF-8; keeps a character that is split between chunks until the next one.
struct Transcoder {
  private let encoding: TextEncoding
  private var isBigEndian = false
  private var rest: [UInt8] = []

  init(_ encoding: TextEncoding) {
    self.encoding = encoding
    isBigEndian = encoding == .utf16BigEndian
  }

  /// - Parameters:
  ///   - chunk: the next bytes of the file; empty at its end.
  ///   - isAtBeginning: whether this is the first chunk.
  mutating func utf8(_ chunk: [UInt8], isAtBeginning: Bool) throws(InputError) -> [UInt8] {
    switch encoding {
    case .utf8:
      guard isAtBeginning, chunk.starts(with: [0xFF, 0xFE]) || chunk.starts(with: [0xFE, 0xFF])
      else { return chunk }
      throw Self.refusal("the file is UTF-16: save it as UTF-8, or use --encoding utf-16")
    case .windows1252:
      guard let text = String(bytes: chunk, encoding: .windowsCP1252) else {
        throw Self.refusal("the file is not Windows-1252, which does not have some of its bytes")
      }
      return Array(text.utf8)
    case .utf16, .utf16LittleEndian, .utf16BigEndian: return try fromUTF16(chunk)
    }
  }

  private mutating func fromUTF16(_ chunk: [UInt8]) throws(InputError) -> [UInt8] {
    var bytes = rest + chunk
    let isEnd = chunk.isEmpty
    if encoding == .utf16, bytes.starts(with: [0xFE, 0xFF]) { isBigEndian = true }
    // A unit has two bytes; a character may have two units, the first from 0xD800 to 0xDBFF.
    var keep = bytes.count % 2
    let last = bytes.count - keep - 2
    if last >= 0, bytes[last + (isBigEndian ? 0 : 1)] & 0xFC == 0xD8 { keep += 2 }
    rest = isEnd ? [] : Array(bytes.suffix(keep))
    if !isEnd { bytes.removeLast(keep) }
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map { place in
      UInt16(bytes[place + (isBigEndian ? 0 : 1)]) << 8
        | UInt16(bytes[place + (isBigEndian ? 1 : 0)])
    }
    guard bytes.count % 2 == 0, let text = String(validating: units, as: UTF16.self) else {
      throw Self.refusal("the file is not valid UTF-16")
    }
    return Array(text.utf8)
  }

  private static func refusal(_ reason: String) -> InputError {
    .refused(Rejection(line: 1, .encoding, reason))
  }
}
