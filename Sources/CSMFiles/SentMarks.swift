import CLinux
import Glibc

/// Remembers which submits have begun to leave, so that a restart can tell those that surely have not.
///
/// A mark is one `write(2)` into a file on a tmpfs, made right before the first byte of a POST leaves.
/// Such a file outlives the process however it dies, and is gone after a reboot or power cut together
/// with everything else that was not synced: while the file is there, a submit without a mark was
/// never sent. Without a tmpfs there are no marks, and nothing is concluded.
///
/// Each life writes the token that the database knows it by before its marks: a later life that kept
/// its marks elsewhere, started in another environment, has left another token in the database, and
/// then the file proves nothing. It is not emptied before the reboot; a mark takes 16 bytes.
package final class SentMarks: Sendable {
  private let file: Descriptor

  /// One submit: the job and its generation.
  package struct Mark: Hashable, Sendable {
    package let job: Int64
    package let generation: Int64

    package init(job: Int64, generation: Int64) {
      self.job = job
      self.generation = generation
    }
  }

  /// Where the marks of a state directory are kept: on the first folder that is a tmpfs.
  ///
  /// - Returns: nil where no folder is one.
  package static func path(for stateDirectory: String, in folders: [String]) -> String? {
    var state = stat()
    guard stat(stateDirectory, &state) == 0 else { return nil }
    let folder = folders.first { is_on_tmpfs($0) != 0 }
    return folder.map { "\($0)/csmd-\(state.st_dev)-\(state.st_ino).sent" }
  }

  /// Reads the marks of the life with this token, and of those before it.
  ///
  /// - Returns: nil where there is no file, one that somebody else made, or one that another life wrote
  ///   last: nothing is known then.
  package static func read(path: String, life: Int64) -> Set<Mark>? {
    guard let (marks, last) = all(path: path), last == life else { return nil }
    return marks
  }

  /// Reads the marks of all lives since the boot, and the token of the last one; nil where there is no
  /// file, or one that somebody else made.
  package static func all(path: String) -> (marks: Set<Mark>, life: Int64?)? {
    let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard number >= 0 else { return nil }
    defer { close(number) }
    var state = stat()
    guard fstat(number, &state) == 0, state.st_uid == geteuid(),
      state.st_mode & S_IFMT == S_IFREG
    else { return nil }
    var marks: Set<Mark> = []
    var last: Int64?
    var record = (Int64(0), Int64(0))
    while true {
      let count = withUnsafeMutableBytes(of: &record) {
        Glibc.read(number, $0.baseAddress, $0.count)
      }
      if count == 0 { return (marks, last) }
      guard count == MemoryLayout.size(ofValue: record) else { return nil }
      if record.0 == tokenTag {
        last = record.1
      } else {
        marks.insert(Mark(job: record.0, generation: record.1))
      }
    }
  }

  /// What stands in a record of a life in the place of a job's number.
  private static let tokenTag: Int64 = -1

  /// Opens the file for the marks of a new life, made where it is missing; nothing in it is lost.
  ///
  /// The token is in the database already, and all intents of earlier lives are settled there.
  ///
  /// - Throws: `FileError`; `isNotPermitted` where the name is somebody else's.
  package init(path: String, life: Int64) throws(FileError) {
    let number = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard number >= 0 else {
      throw FileError("create", path, code: errno == ELOOP ? EACCES : errno)
    }
    file = Descriptor(number, path: path)
    var state = stat()
    guard fstat(number, &state) == 0, state.st_uid == geteuid() else {
      throw FileError("write", path, code: EACCES)
    }
    try append((Self.tokenTag, life))
  }

  /// Makes a mark; there for every later life before a reboot when it returns.
  ///
  /// Where it throws, the submit must not leave.
  package func make(_ mark: Mark) throws(FileError) {
    try append((mark.job, mark.generation))
  }

  private func append(_ record: (Int64, Int64)) throws(FileError) {
    var record = record
    let size = MemoryLayout.size(ofValue: record)
    // O_APPEND makes it one step; a part of a record would spoil all behind it.
    let written = withUnsafeBytes(of: &record) { Glibc.write(file.number, $0.baseAddress, size) }
    guard written >= 0 else { throw FileError("write", file.path) }
    guard written == size else { throw FileError("write", file.path, code: ENOSPC) }
  }
}
