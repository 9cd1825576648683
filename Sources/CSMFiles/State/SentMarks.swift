import Glibc
import Synchronization

/// Records which submits are being sent, so that a restart knows which ones were certainly not sent.
///
/// A mark is one `write(2)` of 16 bytes to a file on a tmpfs, made right before the first byte of a POST is
/// sent. The file survives any death of the process, and disappears with a reboot or power cut: while it
/// exists, a submit without a mark was never sent. Without a tmpfs there are no marks, and no conclusions.
///
/// Each life of csmd has its own file, named by the life's token in the database: if a life wrote no marks,
/// or wrote them elsewhere, its file is missing, and again nothing is concluded. Nobody can prepare a file,
/// since the token is random.
package final class SentMarks: Sendable {
  /// One submit: the job and its generation.
  package struct Mark: Hashable, Sendable {
    package let job: Int64
    package let generation: Int64

    package init(job: Int64, generation: Int64) {
      self.job = job
      self.generation = generation
    }
  }

  private struct Files: ~Copyable {
    var file: Descriptor
    var count = 0
    /// The file of the next life, until the database certainly names that life.
    var next: Descriptor?
    var nextLife: Int64 = 0
  }

  private let folder: Directory
  private let place: SentMarksPlace
  private let files: Mutex<Files>

  /// Takes ownership of a life's new file.
  init(file: consuming Descriptor, in folder: Directory, of place: SentMarksPlace) {
    self.folder = folder
    self.place = place
    files = Mutex(Files(file: file))
  }

  /// Writes a mark; on return it survives the process, but not a reboot.
  ///
  /// If it throws, the submit must not be sent.
  package func make(_ mark: Mark) throws(FileError) {
    try files.withLock { files throws(FileError) in
      try files.file.append(mark)
      try files.next?.append(mark)
      files.count += 1
    }
  }

  /// Whether there are enough marks for `renew` to be due.
  package var areMany: Bool { files.withLock { $0.count >= place.countMax } }

  /// Begins a new life, whose file marks only submits without an answer.
  ///
  /// The order matters, since the process may die at any moment, and the database may then name either life:
  ///
  ///     open, O_EXCL  the new file; from now on every mark is written to both files
  ///     write         a mark for each submit without an answer, whether it is being sent or not; this
  ///                   includes all that were marked in the old file
  ///     `begin`       makes the new life durable in the database
  ///     unlink        the old file
  ///
  /// If one of them throws, both files stay in use, and another call continues from there.
  ///
  /// - Parameters:
  ///   - out: returns the submits in the database that have no answer. The caller must prevent new
  ///     ones meanwhile.
  ///   - begin: writes the new life to the database; durable on return.
  package func renew(
    out: () throws -> [Mark], begin: (_ life: Int64) throws -> Void
  ) throws {
    let life = try files.withLock { files throws(FileError) in
      if files.next == nil {
        files.nextLife = .random(in: .min ... .max)
        files.next = try place.createFile(files.nextLife, in: folder)
      }
      return files.nextLife
    }
    let marks = try out()
    try files.withLock { files throws(FileError) in
      for mark in marks { try files.next?.append(mark) }
    }
    try begin(life)
    files.withLock { files in
      guard let next = files.next.take() else { return }
      files.file = next
      files.count = marks.count
    }
    place.removeAll(but: life)
  }
}

extension Descriptor {
  /// One `write(2)`, which O_APPEND makes atomic; a partial mark would make all later ones unreadable.
  fileprivate borrowing func append(_ mark: SentMarks.Mark) throws(FileError) {
    var record = (mark.job, mark.generation)
    let size = MemoryLayout.size(ofValue: record)
    let written = withUnsafeBytes(of: &record) { Glibc.write(number, $0.baseAddress, size) }
    guard written >= 0 else { throw FileError("write", path) }
    guard written == size else { throw FileError("write", path, code: ENOSPC) }
  }
}
