import Glibc

/// The lock that lets one daemon run in a state directory: `flock(2)` on a file, held for life.
///
/// The kernel lets it go when the process ends, however it ends; forgetting the value does not. The
/// process id in the file is for people to read; nothing decides by it. The file is never removed:
/// that would let two processes lock two files of one name.
package struct ProcessLock: Sendable {
  private let number: Int32

  /// Takes the lock or throws: `LockBusy` when another process holds it, `FileError` otherwise.
  package init(path: String) throws {
    var file = try Descriptor.lockFile(path)
    var tries = 1
    while try !file.tryLock() {
      // Who only asks, by `isHeld`, has it for a moment too.
      guard tries < 5 else { throw try Self.busy(file) }
      tries += 1
      usleep(10_000)
    }
    guard ftruncate(file.number, 0) == 0 else { throw FileError("write", path) }
    do {
      try Array("\(getpid())\n".utf8).withUnsafeBytes { try file.write($0) }
    } catch let error as FileError where error.isOutOfSpace {
      // Whoever holds the lock is to wait for room, and not to leave it.
    }
    number = file.relinquish()
  }

  /// Whether a process holds the lock at this moment; nothing is made, and nothing waits.
  package static func isHeld(path: String) -> Bool {
    let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return false }
    let file = Descriptor(number, path: path)
    return flock(file.number, LOCK_SH | LOCK_NB) != 0
  }

  /// Lets another process have it before this one ends; call it once.
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
