import CLinux
import Glibc

/// A new file that takes its name only when all of its bytes are on the disk.
///
/// These are the system calls, in order. A power cut between any two of them leaves either no file
/// under the name or the whole one, and at worst a temporary file:
///
///     openat     temporary name, O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC
///     write      until all is written
///     fchmod     if the umask's mode is not the one wanted
///     fsync      the file; once, since a second call after a failure proves nothing
///     close      and its result looked at
///     renameat2  RENAME_NOREPLACE; or linkat and unlinkat where the file system lacks that
///     fsync      the folder, for the name
///
/// A file that is not placed is removed when it goes out of scope.
struct DurableFile: ~Copyable, Sendable {
  private enum Phase { case writing, sealed, gone }

  private let directory: Directory
  private let name: String
  private var descriptor: Descriptor
  private var phase = Phase.writing

  /// Creates the temporary file, `prefix` and a random suffix, in a folder on the same file system
  /// as the place it will go to.
  init(in directory: Directory, prefix: String, mode: mode_t) throws(FileError) {
    self.directory = directory
    name = prefix + randomName()
    descriptor = try directory.createFile(name, mode: mode)
  }

  deinit {
    // Nothing depends on this name; what cannot be removed now is swept at the next start.
    if phase != .gone { try? directory.remove(name) }
  }

  /// Appends the bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try descriptor.write(bytes)
  }

  /// Makes the file a copy that shares the source's blocks; false where the file systems cannot.
  func clone(_ source: borrowing Descriptor) -> Bool {
    ioctl(descriptor.number, ficlone, source.number) == 0
  }

  /// Lets `body` look at the file as written so far.
  func inspect<Result>(_ body: (borrowing Descriptor) throws -> Result) rethrows -> Result {
    try body(descriptor)
  }

  /// Gives the file its name; false, and nothing changed, when the name is taken.
  ///
  /// When it returns true the bytes and the name are durable. After an error, nothing may be
  /// assumed but that the name stands for the whole file or for what it stood for before.
  mutating func place(
    as target: String, in folder: Directory, mode: mode_t? = nil
  ) throws(FileError) -> Bool {
    try seal(mode)
    guard try name(target, in: folder, replacing: false) else { return false }
    try folder.sync()
    return true
  }

  /// Gives the file its name in place of whatever has it now; durable when it returns.
  mutating func replace(
    _ target: String, in folder: Directory, mode: mode_t? = nil
  ) throws(FileError) {
    try seal(mode)
    _ = try name(target, in: folder, replacing: true)
    try folder.sync()
  }

  /// Writes bytes over those at an offset, such as a header whose figures are known at the end.
  func rewrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try descriptor.write(bytes, at: offset)
  }

  /// Ends the writing, for a caller who brings many files to the disk with one `syncfs(2)`, and only then
  /// gives them their names.
  mutating func closeUnsynced() throws(FileError) {
    guard phase == .writing else { return }
    phase = .sealed
    try descriptor.close()
  }

  /// Gives a sealed file its name, as `place` and `replace` do; the caller syncs the folder.
  ///
  /// - Returns: false, and nothing changed, when the name is taken and nothing is to be replaced.
  mutating func name(
    _ target: String, in folder: Directory, replacing: Bool
  ) throws(FileError) -> Bool {
    if replacing {
      guard renameat(directory.number, name, folder.number, target) == 0 else {
        throw FileError("rename to", folder.path(of: target))
      }
    } else {
      guard try renameWithoutReplacing(to: target, in: folder) else { return false }
    }
    phase = .gone
    return true
  }

  private mutating func seal(_ mode: mode_t?) throws(FileError) {
    switch phase {
    case .sealed: return
    case .gone: throw FileError("sync", descriptor.path, code: EBADF)
    case .writing: break
    }
    do {
      if let mode { try descriptor.setMode(mode) }
      try descriptor.sync()
      try descriptor.close()
      phase = .sealed
    } catch {
      phase = .gone
      try? directory.remove(name)
      throw error
    }
  }

  private func renameWithoutReplacing(
    to target: String, in folder: Directory
  ) throws(FileError) -> Bool {
    if renameat2(directory.number, name, folder.number, target, rename_noreplace) == 0 {
      return true
    }
    switch errno {
    case EEXIST: return false
    case EINVAL, ENOSYS: return try linkAndUnlink(to: target, in: folder)
    default: throw FileError("rename to", folder.path(of: target))
    }
  }

  private func linkAndUnlink(to target: String, in folder: Directory) throws(FileError) -> Bool {
    guard linkat(directory.number, name, folder.number, target, 0) == 0 else {
      if errno == EEXIST { return false }
      throw FileError("link to", folder.path(of: target))
    }
    try directory.remove(name)
    return true
  }
}

/// Sixteen random hexadecimal digits, to make a name that nothing else has.
func randomName() -> String {
  hexadecimal(UInt64.random(in: .min ... .max))
}

/// The number in lower-case hexadecimal, with its leading zeros.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
}
