import CLinux
import Glibc

/// An open folder.
///
/// All operations are relative to its descriptor, so replacing a part of its path cannot redirect them.
final class Directory: Sendable {
  /// The path, for messages only.
  let path: String
  /// The open descriptor, valid as long as the object exists.
  let number: Int32

  /// Opens a folder by its path, following symbolic links.
  convenience init(opening path: String) throws(FileError) {
    try self.init(path, at: AT_FDCWD, path: path, flags: 0)
  }

  /// Opens a folder inside another one; throws if it is a symbolic link.
  convenience init(_ name: String, in parent: Directory) throws(FileError) {
    do throws(FileError) {
      try self.init(
        name, at: parent.number, path: parent.path(of: name), flags: O_NOFOLLOW)
    } catch {
      // The system reports a link as "not a directory" too.
      guard error.code == ENOTDIR, let status = try parent.status(of: name) else { throw error }
      throw FileError(
        error.action, error.path, code: error.code, because: EntryKind.folder.fault(in: status))
    }
  }

  private init(
    _ name: String, at parent: Int32, path: String, flags: Int32
  ) throws(FileError) {
    self.path = path
    number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags)
    guard number >= 0 else { throw FileError("open the folder", path) }
  }

  deinit {
    _ = close(number)
  }

  /// Creates a folder and its parents unless they exist; durable on return.
  static func make(_ path: String, mode: mode_t) throws(FileError) {
    var folder = path.utf8.first == UInt8(ascii: "/") ? "/" : "./"
    for name in path.unicodeScalars.split(separator: "/").map(String.init) {
      let parent = folder
      folder += name + "/"
      if mkdir(folder, mode) == 0 {
        try Directory(opening: parent).sync()
      } else if errno != EEXIST {
        throw FileError("create the folder", folder)
      }
    }
  }

  /// The path of an entry, for messages only.
  func path(of name: String) -> String { "\(path)/\(name)" }

  /// Creates a folder in this one unless it exists; the umask applies.
  func makeFolder(_ name: String, mode: mode_t) throws(FileError) {
    if mkdirat(number, name, mode) == 0 { return }
    guard errno == EEXIST else { throw FileError("create the folder", path(of: name)) }
    _ = try Directory(name, in: self)
  }

  /// Creates a new file, open for reading and writing; throws if it exists.
  ///
  /// The umask applies.
  func createFile(_ name: String, mode: mode_t) throws(FileError) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let descriptor = repeatingInterrupted { openat(number, name, flags, mode) }
    guard descriptor >= 0 else { throw FileError("create", path(of: name)) }
    return Descriptor(descriptor, path: path(of: name))
  }

  /// Appends lines to a file, creating it if necessary; they are durable on return, a new name is not.
  ///
  /// They begin a line of their own, even if a crash cut off the one before.
  func append(_ lines: [UInt8], to name: String, mode: mode_t) throws {
    let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let number = repeatingInterrupted { openat(self.number, name, flags, mode) }
    guard number >= 0 else { throw FileError("open", path(of: name)) }
    var file = Descriptor(number, path: path(of: name))
    let (end, lineEnd) = (Int(try file.status().st_size), UInt8(ascii: "\n"))
    let isCutOff = try end > 0 ? file.bytes(at: end - 1, count: 1) != [lineEnd] : false
    try file.write((isCutOff ? [lineEnd] : []) + lines)
    try file.sync()
    try file.close()
  }

  /// What a name refers to.
  enum Entry: ~Copyable {
    case nothing
    /// A regular file, open for reading.
    case file(Descriptor)
    /// A link, folder or device.
    case other
  }

  /// Opens an entry without following links or blocking on a pipe.
  func entry(_ name: String) throws(FileError) -> Entry {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let opened = repeatingInterrupted { openat(number, name, flags) }
    guard opened >= 0 else {
      switch errno {
      case ENOENT: return .nothing
      case ELOOP, ENXIO, ENODEV: return .other
      default: throw FileError("open", path(of: name))
      }
    }
    let descriptor = Descriptor(opened, path: path(of: name))
    let isRegular = try descriptor.status().st_mode & S_IFMT == S_IFREG
    return isRegular ? .file(descriptor) : .other
  }

  /// Calls `fstat(2)` on the folder itself.
  func ownStatus() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("look at", path) }
    return status
  }

  /// The number of its file system.
  func device() throws(FileError) -> dev_t { try ownStatus().st_dev }

  /// The names of all entries except `.` and `..`, in no particular order.
  func names() throws(FileError) -> [String] {
    let copy = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { throw FileError("list", path) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw FileError("list", path) }
    return names
  }

  /// The `lstat(2)` of an entry; nil if there is none.
  func status(of name: String) throws(FileError) -> stat? {
    var status = stat()
    if fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
    guard errno == ENOENT else { throw FileError("look at", path(of: name)) }
    return nil
  }

  /// Runs `body` with an exclusive `flock(2)` on the folder; waits for it, and is not reentrant.
  func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    guard repeatingInterrupted({ flock(number, LOCK_EX) }) == 0 else {
      throw FileError("lock the folder", path)
    }
    defer { flock(number, LOCK_UN) }
    return try body()
  }

  /// Locks the folder against other callers until this object is released; has no effect on a file system
  /// without locks.
  func lockForLife() throws(LockBusy) {
    guard repeatingInterrupted({ flock(number, LOCK_EX | LOCK_NB) }) != 0, errno == EWOULDBLOCK
    else { return }
    throw LockBusy(path: path, holder: LockHolder(ofLockOn: number))
  }

  /// Sets a file's times to now.
  func touch(_ name: String) throws(FileError) {
    guard utimensat(number, name, nil, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw FileError("set the time of", path(of: name))
    }
  }

  /// Renames a file, possibly into another folder; returns false and does nothing if the new name exists.
  func rename(_ name: String, to target: String, in folder: Directory) throws(FileError) -> Bool {
    if renameat2(number, name, folder.number, target, rename_noreplace) == 0 { return true }
    guard errno == EEXIST else { throw FileError("rename to", folder.path(of: target)) }
    return false
  }

  /// Removes a file; does nothing if it does not exist.
  func remove(_ name: String) throws(FileError) {
    guard unlinkat(number, name, 0) == 0 || errno == ENOENT else {
      throw FileError("remove", path(of: name))
    }
  }

  /// Makes everything on the folder's file system durable.
  func syncFileSystem() throws(FileError) {
    guard syncfs(number) == 0 else { throw FileError("sync the file system of", path) }
  }

  /// Makes the names in the folder durable.
  func sync() throws(FileError) {
    guard fsync(number) == 0 else { throw FileError("sync the folder", path) }
  }
}
