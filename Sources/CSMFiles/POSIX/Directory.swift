import CLinux
import Glibc

/// An open folder, and what is done in it.
///
/// Everything is reached by the descriptor, so that a path that somebody swaps underway cannot lead
/// elsewhere.
final class Directory: Sendable {
  /// The path, for messages only.
  let path: String
  /// The open descriptor, valid for the object's life.
  let number: Int32

  /// Opens a folder by its path; symbolic links in the path are the caller's wish.
  convenience init(opening path: String) throws(FileError) {
    try self.init(path, at: AT_FDCWD, path: path, flags: 0)
  }

  /// Opens a folder inside another one; a symbolic link is refused.
  convenience init(_ name: String, in parent: Directory) throws(FileError) {
    do throws(FileError) {
      try self.init(
        name, at: parent.number, path: parent.path(of: name), flags: O_NOFOLLOW)
    } catch {
      // The system says "not a directory" of a link, too.
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

  /// Creates a folder, and those above it, where they are missing; durable on return.
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

  /// The path of something in here, for messages only.
  func path(of name: String) -> String { "\(path)/\(name)" }

  /// Creates a folder in here, if there is none of that name; the umask applies.
  func makeFolder(_ name: String, mode: mode_t) throws(FileError) {
    if mkdirat(number, name, mode) == 0 { return }
    guard errno == EEXIST else { throw FileError("create the folder", path(of: name)) }
    _ = try Directory(name, in: self)
  }

  /// Creates a file that did not exist, open for reading and writing; the umask applies.
  func createFile(_ name: String, mode: mode_t) throws(FileError) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let descriptor = repeatingInterrupted { openat(number, name, flags, mode) }
    guard descriptor >= 0 else { throw FileError("create", path(of: name)) }
    return Descriptor(descriptor, path: path(of: name))
  }

  /// Adds bytes to the end of a file, made where it is missing, and brings them to the disk.
  func append(_ bytes: [UInt8], to name: String, mode: mode_t) throws {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let number = repeatingInterrupted { openat(self.number, name, flags, mode) }
    guard number >= 0 else { throw FileError("open", path(of: name)) }
    var file = Descriptor(number, path: path(of: name))
    try bytes.withUnsafeBytes { try file.write($0) }
    try file.sync()
    try file.close()
  }

  /// What stands under a name.
  enum Entry: ~Copyable {
    case nothing
    /// A regular file, open for reading.
    case file(Descriptor)
    /// A link, a folder, a device: nothing of ours.
    case other
  }

  /// Looks a name up without following a link or waiting for a pipe's other end.
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

  /// What `fstat(2)` says of the folder itself.
  func ownStatus() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw FileError("look at", path) }
    return status
  }

  /// The number of the file system it lies on.
  func device() throws(FileError) -> dev_t { try ownStatus().st_dev }

  /// The names in here, without `.` and `..`, in no order.
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

  /// What stands under a name, as `lstat(2)` tells; nil when there is nothing.
  func status(of name: String) throws(FileError) -> stat? {
    var status = stat()
    if fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
    guard errno == ENOENT else { throw FileError("look at", path(of: name)) }
    return nil
  }

  /// Runs `body` while nobody else has the lock on the folder, `flock(2)`; waits for it, and is not
  /// reentrant.
  func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    guard repeatingInterrupted({ flock(number, LOCK_EX) }) == 0 else {
      throw FileError("lock the folder", path)
    }
    defer { flock(number, LOCK_UN) }
    return try body()
  }

  /// Keeps other processes that ask for the same out until this object is gone; where the file system
  /// has no such locks, nobody is kept out.
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

  /// Gives a file another name, in here or elsewhere; false, and nothing changed, when that is taken.
  func rename(_ name: String, to target: String, in folder: Directory) throws(FileError) -> Bool {
    if renameat2(number, name, folder.number, target, rename_noreplace) == 0 { return true }
    guard errno == EEXIST else { throw FileError("rename to", folder.path(of: target)) }
    return false
  }

  /// Removes a file's name; a name that is gone already is as good.
  func remove(_ name: String) throws(FileError) {
    guard unlinkat(number, name, 0) == 0 || errno == ENOENT else {
      throw FileError("remove", path(of: name))
    }
  }

  /// Brings everything on the folder's file system to the disk.
  func syncFileSystem() throws(FileError) {
    guard syncfs(number) == 0 else { throw FileError("sync the file system of", path) }
  }

  /// Brings the folder's names to the disk.
  func sync() throws(FileError) {
    guard fsync(number) == 0 else { throw FileError("sync the folder", path) }
  }
}
