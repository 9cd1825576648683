import Glibc

extension Descriptor {
  /// Opens a lock file, creating it with mode 0660 if necessary.
  ///
  /// Everybody in the folder's group must be able to lock it, whatever the umask of its creator.
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
    // Another process was faster; this ends, since the file is never removed.
    guard errno == EEXIST else { throw FileError("create the lock", path) }
    return try lockFile(path)
  }

  /// Takes the exclusive `flock(2)`; returns false if another process holds it.
  func tryLock() throws(FileError) -> Bool {
    if repeatingInterrupted({ flock(number, LOCK_EX | LOCK_NB) }) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
    return false
  }
}
