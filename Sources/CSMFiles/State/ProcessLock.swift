import Glibc

/// A `flock(2)` on a file that lets one process run at a time.
///
/// The kernel releases it when the process ends, however it ends; releasing this value does not. The process
/// id in the file is only for people. The file is never removed: otherwise two processes could lock two
/// files of the same name.
package struct ProcessLock: Sendable {
  private let number: Int32

  /// Takes the lock.
  ///
  /// - Throws: `LockBusy` if another process holds it, `FileError`.
  package init(path: String) throws {
    var file = try Descriptor.lockFile(path)
    var tries = 1
    while try !file.tryLock() {
      // `isHeld` takes it for a moment too.
      guard tries < 5 else { throw try Self.busy(file) }
      tries += 1
      usleep(10_000)
    }
    guard ftruncate(file.number, 0) == 0 else { throw FileError("write", path) }
    do {
      try file.write(Array("\(getpid())\n".utf8))
    } catch let error as FileError where error.isOutOfSpace {
      // A full disk is no reason to end: the daemon waits for space.
    }
    number = file.relinquish()
  }

  /// Whether a process currently holds the lock; does not wait, or create the file.
  package static func isHeld(path: String) -> Bool {
    guard let file = Descriptor(reading: path) else { return false }
    return flock(file.number, LOCK_SH | LOCK_NB) != 0
  }

  /// Releases the lock before the process ends; call it once.
  package func release() {
    _ = close(number)
  }

  private static func busy(_ file: borrowing Descriptor) throws -> LockBusy {
    let line = try file.bytes(at: 0, count: 16).prefix { $0 != UInt8(ascii: "\n") }
    let process = Int32(String(decoding: line, as: UTF8.self))
    return LockBusy(
      path: file.path, holder: process.map(LockHolder.init(process:)), isForLife: true)
  }
}
