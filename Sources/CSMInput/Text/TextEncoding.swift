import Foundation

/// How a file's bytes are its text.
package enum TextEncoding: String, Sendable, CaseIterable {
  case utf8 = "utf-8"
  /// What Excel and Notepad write in Western Europe; Latin-1 is a part of it.
  case windows1252 = "windows-1252"
  /// UTF-16 of either order, as the mark at its beginning tells.
  case utf16 = "utf-16"
  case utf16LittleEndian = "utf-16le"
  case utf16BigEndian = "utf-16be"
}

/// Turns chunks of a file into UTF-8; what a chunk ends in the middle of waits for the next one.
struct Transcoder {
  private let encoding: TextEncoding
  private var isBigEndian = false
  private var rest: [UInt8] = []

  init(_ encoding: TextEncoding) {
    self.encoding = encoding
    isBigEndian = encoding == .utf16BigEndian
  }

  /// - Parameters:
  ///   - chunk: what comes next in the file; empty at its end.
  ///   - isAtBeginning: no line was read before it.
  mutating func utf8(_ chunk: [UInt8], isAtBeginning: Bool) throws(InputError) -> [UInt8] {
    switch encoding {
    case .utf8:
      guard isAtBeginning, chunk.starts(with: [0xFF, 0xFE]) || chunk.starts(with: [0xFE, 0xFF])
      else { return chunk }
      throw refusal("the file is UTF-16: save it as UTF-8, or say --encoding utf-16")
    case .windows1252:
      guard let text = String(bytes: chunk, encoding: .windowsCP1252) else {
        throw refusal("the file holds bytes that Windows-1252 has not: its encoding is another")
      }
      return Array(text.utf8)
    case .utf16, .utf16LittleEndian, .utf16BigEndian: return try fromUTF16(chunk)
    }
  }

  private mutating func fromUTF16(_ chunk: [UInt8]) throws(InputError) -> [UInt8] {
    var bytes = rest + chunk
    let isEnd = chunk.isEmpty
    if encoding == .utf16, bytes.starts(with: [0xFE, 0xFF]) { isBigEndian = true }
    // A unit is two bytes, and a character may be two units, of which the first is 0xD800 to 0xDBFF.
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
      throw refusal("the file is not valid UTF-16")
    }
    return Array(text.utf8)
  }

  private func refusal(_ reason: String) -> InputError {
    .refused(Rejection(line: 1, .encoding, reason))
  }
}
