import Glibc

/// Reads a file line by line in constant memory, whatever its size.
package struct InputLines {
  /// An open file; nil to read from memory.
  private let descriptor: Int32?
  private var rest: [UInt8] = []
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtBeginning = true
  private var isAtEnd = false
  private var number = 0
  private var transcoder: Transcoder
  /// Lines that were peeked at or put back; they come next.
  private var held: [Line] = []
  /// Longer lines are cut off here.
  private let bytesMax: Int

  /// The longest line of an input file, in bytes.
  package static let lineBytesMax = 1 << 20
  private static let chunkBytes = 1 << 16

  /// One line, without its end.
  package struct Line: Sendable {
    /// From 1.
    package let number: Int
    package let bytes: [UInt8]
    /// Whether the line was cut off because it is too long.
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

  /// Reads bytes in memory.
  package init(bytes: [UInt8], encoding: TextEncoding = .utf8) {
    descriptor = nil
    bytesMax = Self.lineBytesMax
    rest = bytes
    transcoder = Transcoder(encoding)
  }

  /// Returns lines that have been read before.
  init(_ lines: [Line]) {
    self.init(bytes: [])
    held = lines
  }

  /// Puts a line back, so that it comes next.
  mutating func unread(_ line: Line) {
    held.insert(line, at: 0)
  }

  /// Returns the next lines without consuming them: up to `count`, or fewer once they have `bytes` in total.
  mutating func peek(_ count: Int, bytes: Int) throws(InputError) -> [Line] {
    var size = held.reduce(0) { $0 + $1.bytes.count }
    while held.count < count, size < bytes, let line = try readNext() {
      size += line.bytes.count
      held.append(line)
    }
    return Array(held.prefix(count))
  }

  /// The next line; nil at the end.
  ///
  /// A line ends with LF, CR LF or CR. A leading byte order mark is dropped.
  package mutating func next() throws(InputError) -> Line? {
    held.isEmpty ? try readNext() : held.removeFirst()
  }

  private mutating func readNext() throws(InputError) -> Line? {
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
    return Line(number: number, bytes: bytes, isTooLong: isTooLong)
  }

  /// The next piece of a line, without its line end; nil at the end of the file.
  mutating func nextPiece() throws(InputError) -> (bytes: ArraySlice<UInt8>, endsLine: Bool)? {
    if position == buffer.count { try fill() }
    guard position < buffer.count else { return nil }
    var end = lineEnd()
    if let place = end, buffer[place] == Self.cr, buffer.count - place < 3 {
      let length = place - position
      try fill()
      end = position + length
    }
    let piece = buffer[position..<(end ?? buffer.count)]
    position = end.map(nextLineStart) ?? buffer.count
    return (piece, end != nil)
  }

  private static let cr = UInt8(ascii: "\r")
  private static let lf = UInt8(ascii: "\n")

  private func lineEnd() -> Int? {
    buffer[position...].firstIndex { $0 == Self.lf || $0 == Self.cr }
  }

  /// Where the next line begins.
  ///
  /// CR LF is one line end, and so is CR CR LF, which results when a program converts the LF of a CR LF again.
  private func nextLineStart(after end: Int) -> Int {
    guard buffer[end] == Self.cr else { return end + 1 }
    let rest = buffer[(end + 1)...].prefix(2)
    if rest.first == Self.lf { return end + 2 }
    return rest.elementsEqual([Self.cr, Self.lf]) ? end + 3 : end + 1
  }

  /// Drops the consumed bytes, and reads more unless the file is at its end.
  private mutating func fill() throws(InputError) {
    guard !isAtEnd else { return }
    buffer.removeFirst(position)
    position = 0
    let before = buffer.count
    repeat {
      let chunk = try readChunk()
      isAtEnd = chunk.isEmpty
      var text = try transcoder.utf8(chunk, isAtBeginning: isAtBeginning)
      if isAtBeginning, text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
      isAtBeginning = false
      buffer += text
    } while !isAtEnd && buffer.count == before
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
