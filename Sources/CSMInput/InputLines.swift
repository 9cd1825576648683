import Glibc

/// Reads a file line by line in constant memory, whatever its size.
package struct InputLines {
  /// An open file; nil when all bytes are here already.
  private let descriptor: Int32?
  private var rest: [UInt8] = []
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtBeginning = true
  private var isAtEnd = false
  private var number = 0
  private var transcoder: Transcoder
  private var held: Line?
  /// A line longer than this is handed over cut off, and the rest of it is passed over.
  private let bytesMax: Int

  /// The longest line of what people hand over.
  package static let lineBytesMax = 1 << 20
  private static let chunkBytes = 1 << 16

  /// One line, without its end.
  package struct Line: Sendable {
    /// From 1.
    package let number: Int
    package let bytes: [UInt8]
    /// The line went on beyond the longest that is read.
    package let isTooLong: Bool
  }

  /// Reads from an open file; the caller closes it.
  package init(
    descriptor: Int32, encoding: TextEncoding = .utf8, bytesMax: Int = Self.lineBytesMax
  ) {
    self.descriptor = descriptor
    self.bytesMax = bytesMax
    transcoder = Transcoder(encoding)
  }

  /// Reads bytes that are at hand.
  package init(bytes: [UInt8], encoding: TextEncoding = .utf8) {
    descriptor = nil
    bytesMax = Self.lineBytesMax
    rest = bytes
    transcoder = Transcoder(encoding)
  }

  /// Gives a line back, so that it comes next.
  mutating func unread(_ line: Line) {
    held = line
  }

  /// The next line; nil at the end.
  ///
  /// A byte order mark before the first line, and a CR before a line's
  /// end, belong to no line.
  package mutating func next() throws(InputError) -> Line? {
    if let line = held {
      held = nil
      return line
    }
    var bytes: [UInt8] = []
    var isTooLong = false
    var hasBegun = false
    while let piece = try nextPiece() {
      hasBegun = true
      let room = bytesMax - bytes.count
      isTooLong = isTooLong || piece.bytes.count > room
      bytes.append(contentsOf: piece.bytes.prefix(room))
      if piece.endsLine { break }
    }
    guard hasBegun else { return nil }
    number += 1
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return Line(number: number, bytes: bytes, isTooLong: isTooLong)
  }

  /// A part of a line as it was read, without the line's end; nil at the end of the file.
  mutating func nextPiece() throws(InputError) -> (bytes: ArraySlice<UInt8>, endsLine: Bool)? {
    if position == buffer.count, !isAtEnd { try fill() }
    guard position < buffer.count else { return nil }
    let rest = buffer[position...]
    let end = rest.firstIndex(of: UInt8(ascii: "\n"))
    position = end.map { $0 + 1 } ?? buffer.count
    return (rest[..<(end ?? rest.endIndex)], end != nil)
  }

  /// Reads until there are bytes, or there is an end.
  private mutating func fill() throws(InputError) {
    repeat {
      let chunk = try readChunk()
      isAtEnd = chunk.isEmpty
      buffer = try transcoder.utf8(chunk, isAtBeginning: isAtBeginning)
      position = isAtBeginning && buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      isAtBeginning = false
    } while !isAtEnd && position == buffer.count
  }

  private mutating func readChunk() throws(InputError) -> [UInt8] {
    guard let descriptor else {
      defer { rest = [] }
      return rest
    }
    var count = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { memory, filled in
      repeat {
        count = read(descriptor, memory.baseAddress, memory.count)
      } while count < 0 && errno == EINTR
      filled = max(0, count)
    }
    guard count >= 0 else { throw .read(code: errno) }
    return chunk
  }
}
