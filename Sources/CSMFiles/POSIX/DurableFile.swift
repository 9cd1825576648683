import CLinux
import Glibc

/// A new file that gets its name only once all of its bytes are durable.
///
/// It makes these system calls, in this order. A power cut between any two of them leaves either no file
/// or the whole one under the name, and at worst a temporary file:
///
///     openat     temporary name, O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC
///     write      until everything is written
///     fchmod     if a mode is given
///     fsync      the file; once, since a second call after a failure proves nothing
///     close      whose result is checked
///     renameat2  RENAME_NOREPLACE; or linkat and unlinkat if the file system does not support it
///     fsync      the folder, for the name
///
/// A file without a name is removed when it goes out of scope.
struct DurableFile: ~Copyable, Sendable {
  private enum Phase { case writing, sealed, gone }

  private let directory: Directory
  private let name: String
  private var descriptor: Descriptor
  private var phase = Phase.writing

  /// Creates the temporary file.
  ///
  /// - Parameters:
  ///   - directory: a folder on the same file system as the file's destination.
  ///   - prefix: of the temporary name; a random suffix follows.
  init(in directory: Directory, prefix: String, mode: mode_t) throws(FileError) {
    self.directory = directory
    name = prefix + randomName()
    descriptor = try directory.createFile(name, mode: mode)
  }

  deinit {
    // If this fails, the next start removes it.
    if phase != .gone { try? directory.remove(name) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try descriptor.write(bytes)
  }

  func write(_ bytes: [UInt8]) throws {
    try descriptor.write(bytes)
  }

  /// Makes the file a copy that shares the source's blocks; returns false if the file systems cannot.
  func clone(_ source: borrowing Descriptor) -> Bool {
    ioctl(descriptor.number, ficlone, source.number) == 0
  }

  /// Calls `body` with the file as written so far.
  func inspect<Result>(_ body: (borrowing Descriptor) throws -> Result) rethrows -> Result {
    try body(descriptor)
  }

  /// Gives the file its name; returns false and changes nothing if the name exists.
  ///
  /// Bytes and name are durable once it returns true. After an error, the name refers either to the whole
  /// file or to what it referred to before.
  mutating func place(
    as target: String, in folder: Directory, mode: mode_t? = nil
  ) throws(FileError) -> Bool {
    try seal(mode)
    guard try name(target, in: folder, replacing: false) else { return false }
    try folder.sync()
    return true
  }

  /// Gives the file its name, replacing whatever has it; durable on return.
  mutating func replace(
    _ target: String, in folder: Directory, mode: mode_t? = nil
  ) throws(FileError) {
    try seal(mode)
    _ = try name(target, in: folder, replacing: true)
    try folder.sync()
  }

  /// Overwrites the bytes at an offset, such as a header whose figures are only known at the end.
  func rewrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try descriptor.write(bytes, at: offset)
  }

  /// Closes the file without syncing it; the caller syncs many files with one `syncfs(2)` before naming them.
  mutating func closeUnsynced() throws(FileError) {
    guard phase == .writing else { return }
    phase = .sealed
    try descriptor.close()
  }

  /// Gives a closed file its name; the caller syncs the folder.
  ///
  /// - Returns: false, with nothing changed, if the name exists and may not be replaced.
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

/// Sixteen random hexadecimal digits, for unique names.
func randomName() -> String {
  hexadecimal(UInt64.random(in: .min ... .max))
}

/// The number in lower-case hexadecimal, with leading zeros.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
}
