import Glibc

/// Somebody else holds a lock.
package struct LockBusy: Error, Hashable, Sendable, CustomStringConvertible {
  /// The lock's file.
  package let path: String
  /// The process that wrote its id there; nil when there is none to be read.
  package let holder: Int32?

  /// One sentence without a full stop.
  package var description: String {
    "\(path) is locked by \(holder.map { "process \($0)" } ?? "another process")"
  }
}

/// Opens a file that is only there to be locked, created with mode 0660 where it is missing:
/// everybody in the folder's group must be able to lock it, whatever the umask of who came first.
///
/// A `FileError` tells `isNotPermitted` and `isReadOnly` apart.
func openLockFile(_ path: String) throws(FileError) -> Descriptor {
  let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC
  let created = repeatingInterrupted { open(path, flags | O_CREAT | O_EXCL, 0o660) }
  if created >= 0 {
    let file = Descriptor(created, path: path)
    try file.setMode(0o660)
    return file
  }
  guard errno == EEXIST else { throw FileError("create", path) }
  let opened = repeatingInterrupted { open(path, flags) }
  guard opened >= 0 else { throw FileError("open", path) }
  return Descriptor(opened, path: path)
}

extension Descriptor {
  /// Takes the exclusive lock on the whole file if nobody has it.
  borrowing func tryLock() throws(FileError) -> Bool {
    if repeatingInterrupted({ flock(number, LOCK_EX | LOCK_NB) }) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
    return false
  }
}
