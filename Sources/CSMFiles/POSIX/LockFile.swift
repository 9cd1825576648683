import Glibc

/// Somebody else holds a lock.
package struct LockBusy: Error, Hashable, Sendable, CustomStringConvertible {
  /// The lock's file.
  package let path: String
  /// Who holds it; nil where that cannot be told.
  package let holder: LockHolder?
  /// Whoever holds it does so as long as it runs.
  package var isForLife = false

  /// One sentence without a full stop.
  package var description: String {
    "\(path) is locked by \(holder?.description ?? "another process")"
  }
}

extension Descriptor {
  /// Opens a file that is only there to be locked, created with mode 0660 where it is missing.
  ///
  /// Everybody in the folder's group must be able to lock it, whatever the umask of who came first.
  /// A `FileError` tells `isNotPermitted` and `isReadOnly` apart.
  static func lockFile(_ path: String) throws(FileError) -> Descriptor {
    let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC
    let present = repeatingInterrupted { open(path, flags) }
    if present >= 0 {
      let file = Descriptor(present, path: path)
      if let fault = try EntryKind.file.fault(in: file.status()) {
        throw FileError("use", path, code: EPERM, because: fault)
      }
      return file
    }
    guard errno == ENOENT else { throw FileError("open the lock", path) }
    let created = repeatingInterrupted { open(path, flags | O_CREAT | O_EXCL, 0o660) }
    if created >= 0 {
      let file = Descriptor(created, path: path)
      try file.setMode(0o660)
      return file
    }
    // Somebody else was quicker; the file is never removed.
    guard errno == EEXIST else { throw FileError("create the lock", path) }
    return try lockFile(path)
  }

  /// Takes the exclusive lock on the whole file if nobody has it.
  func tryLock() throws(FileError) -> Bool {
    if repeatingInterrupted({ flock(number, LOCK_EX | LOCK_NB) }) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
    return false
  }
}
