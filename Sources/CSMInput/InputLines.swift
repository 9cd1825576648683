import Glibc

/// Reads a file line by line in constant memory, whatever its size.
package struct InputLines {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private var number = 0

  /// A line longer than this is handed over cut off, and the rest of it is passed over.
  package static let lineBytesMax = 1 << 20
  private static let chunk = 1 << 16

  /// One line, without its end.
  package struct Line: Sendable {
    /// From 1.
    package let number: Int
    package let bytes: [UInt8]
    /// The line went on beyond `lineBytesMax`.
    package let isTooLong: Bool
  }

  /// Reading failed.
  package struct ReadError: Error, Sendable {
    package let code: Int32
  }

  /// Reads from an open file; the caller closes it.
  package init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// The next line; nil at the end.
  ///
  /// A byte order mark before the first line, and a CR before a line's
  /// end, belong to no line.
  package mutating func next() throws(ReadError) -> Line? {
    var bytes: [UInt8] = []
    var isTooLong = false
    var hasBegun = false
    while true {
      if position == buffer.count {
        try fill()
        if buffer.isEmpty { break }
      }
      hasBegun = true
      let rest = buffer[position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let part = rest[..<(end ?? rest.endIndex)]
      let room = Self.lineBytesMax - bytes.count
      isTooLong = isTooLong || part.count > room
      bytes.append(contentsOf: part.prefix(room))
      position = end.map { $0 + 1 } ?? buffer.count
      if end != nil { break }
    }
    guard hasBegun else { return nil }
    number += 1
    if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return Line(number: number, bytes: bytes, isTooLong: isTooLong)
  }

  private mutating func fill() throws(ReadError) {
    position = 0
    guard !isAtEnd else {
      buffer = []
      return
    }
    var count = 0
    buffer = [UInt8](unsafeUninitializedCapacity: Self.chunk) { memory, filled in
      repeat {
        count = read(descriptor, memory.baseAddress, memory.count)
      } while count < 0 && errno == EINTR
      filled = max(0, count)
    }
    guard count >= 0 else { throw ReadError(code: errno) }
    isAtEnd = count == 0
  }
}
