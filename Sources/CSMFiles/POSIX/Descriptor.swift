import CSMCore
import Glibc

/// An open file and the path that messages name it by; closed when it goes out of scope.
struct Descriptor: ~Copyable, Sendable {
  /// The path, for messages only.
  let path: String
  /// The descriptor's number; negative once it is closed.
  private(set) var number: Int32

  /// Takes over an open descriptor.
  init(_ number: Int32, path: String) {
    self.number = number
    self.path = path
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
      // A regular file never takes nothing without saying why; if one does, it has no room.
      guard count > 0 else { throw FileError("write", path, code: ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes all of the bytes over what stands at an offset.
  func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    let count = repeatingInterrupted { Glibc.pwrite(number, bytes, bytes.count, offset) }
    guard count >= 0 else { throw FileError("write", path) }
    guard count == bytes.count else { throw FileError("write", path, code: ENOSPC) }
  }

  /// Fills the buffer from an offset on, as far as the file goes, and tells how many bytes came.
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

  /// The bytes from an offset on, fewer than asked for where the file ends.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Hands the whole file to `body` in pieces, in order.
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

  /// The SHA-256 of the whole file as it reads now.
  func digest() throws -> Digest {
    var checksum = Checksum()
    try forEachPiece { checksum.update($0) }
    return checksum.digest
  }

  /// What `fstat(2)` says.
  func status() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("look at", path) }
    return status
  }

  /// Sets the permission bits, whatever the umask.
  func setMode(_ mode: mode_t) throws(FileError) {
    guard fchmod(number, mode) == 0 else { throw FileError("set the mode of", path) }
  }

  /// Brings the bytes to the disk.
  ///
  /// After a failure the kernel counts them as clean: a second call would succeed and mean nothing,
  /// so the file must be given up.
  func sync() throws(FileError) {
    guard fsync(number) == 0 else { throw FileError("sync", path) }
  }

  /// Gives the open descriptor away.
  mutating func relinquish() -> Int32 {
    defer { number = -1 }
    return number
  }

  /// Closes it and reports what the file system held back until now; does nothing the second time.
  mutating func close() throws(FileError) {
    guard number >= 0 else { return }
    let result = Glibc.close(number)
    number = -1
    // Linux has released the descriptor even when the call was interrupted.
    guard result == 0 || errno == EINTR else { throw FileError("close", path) }
  }
}

/// Makes a system call again for as long as a signal interrupts it.
func repeatingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    guard result == -1, errno == EINTR else { return result }
  }
}
