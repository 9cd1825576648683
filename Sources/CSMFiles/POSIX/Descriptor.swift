import CSMCore
import Glibc

/// An open file, closed when it goes out of scope.
struct Descriptor: ~Copyable, Sendable {
  /// The path, for messages only.
  let path: String
  /// Negative once it is closed.
  private(set) var number: Int32

  /// Takes ownership of an open descriptor.
  init(_ number: Int32, path: String) {
    self.number = number
    self.path = path
  }

  /// Opens a file for reading without following a link or blocking on a pipe; nil if it cannot.
  init?(reading path: String) {
    let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return nil }
    self.init(number, path: path)
  }

  deinit {
    if number >= 0 { _ = Glibc.close(number) }
  }

  /// Writes all of the bytes, however many calls that takes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest)
      let count = repeatingInterrupted { Glibc.write(number, slice.baseAddress, slice.count) }
      guard count >= 0 else { throw FileError("write", path) }
      // A regular file never accepts 0 bytes without an error; should it happen, the file is full.
      guard count > 0 else { throw FileError("write", path, code: ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Overwrites the bytes at an offset.
  func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    let count = repeatingInterrupted { Glibc.pwrite(number, bytes, bytes.count, offset) }
    guard count >= 0 else { throw FileError("write", path) }
    guard count == bytes.count else { throw FileError("write", path, code: ENOSPC) }
  }

  /// Fills the buffer from an offset, and returns how many bytes were read; fewer only at the end of the file.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = repeatingInterrupted {
        Glibc.pread(number, room.baseAddress, room.count, offset + filled)
      }
      guard count >= 0 else { throw FileError("read", path) }
      guard count > 0 else { break }
      filled += count
    }
    return filled
  }

  /// The bytes from an offset, fewer than `count` only at the end of the file.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Calls `body` with the pieces of the whole file, in order.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      let count = try read(at: offset, into: buffer)
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += count
    }
  }

  /// The SHA-256 of the file's current contents.
  func digest() throws -> Digest {
    var checksum = Checksum()
    try forEachPiece { checksum.update($0) }
    return checksum.digest
  }

  /// Calls `fstat(2)`.
  func status() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("look at", path) }
    return status
  }

  /// Sets the permission bits, regardless of the umask.
  func setMode(_ mode: mode_t) throws(FileError) {
    guard fchmod(number, mode) == 0 else { throw FileError("set the mode of", path) }
  }

  /// Makes the bytes durable.
  ///
  /// After a failure the kernel marks them as clean: a second call would succeed without writing them, so
  /// the file must be discarded.
  func sync() throws(FileError) {
    guard fsync(number) == 0 else { throw FileError("sync", path) }
  }

  /// Returns the open descriptor, which the caller must close.
  mutating func relinquish() -> Int32 {
    defer { number = -1 }
    return number
  }

  /// Closes the file, and throws errors that the file system reports only now; does nothing the second time.
  mutating func close() throws(FileError) {
    guard number >= 0 else { return }
    let result = Glibc.close(number)
    number = -1
    // Linux releases the descriptor even if the call is interrupted.
    guard result == 0 || errno == EINTR else { throw FileError("close", path) }
  }
}

/// Repeats a system call while it fails with `EINTR`.
func repeatingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    guard result == -1, errno == EINTR else { return result }
  }
}
