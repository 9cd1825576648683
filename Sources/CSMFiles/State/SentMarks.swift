import Glibc
import Synchronization

/// Remembers which submits have begun to leave, so that a restart can tell those that surely have not.
///
/// A mark is one `write(2)` of 16 bytes into a file on a tmpfs, made right before the first byte of a
/// POST leaves. Such a file outlives the process however it dies, and is gone after a reboot or power cut
/// together with everything else that was not synced: while the file is there, a submit without a mark
/// was never sent. Without a tmpfs there are no marks, and nothing is concluded.
///
/// Each life has a file of its own, named by the token that the database knows the life by: where that
/// life wrote no marks, or wrote them elsewhere, there is no such file, and nothing is concluded either.
/// Nobody can put anything under a name that is not known before.
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
    /// The file of the next life, while it is not known whether the database names that one already.
    var next: Descriptor?
    var nextLife: Int64 = 0
  }

  private let folder: Directory
  private let place: SentMarksPlace
  private let files: Mutex<Files>

  /// Takes over the new file of a life.
  init(file: consuming Descriptor, in folder: Directory, of place: SentMarksPlace) {
    self.folder = folder
    self.place = place
    files = Mutex(Files(file: file))
  }

  /// Makes a mark; there for every later life before a reboot when it returns.
  ///
  /// Where it throws, the submit must not leave.
  package func make(_ mark: Mark) throws(FileError) {
    try files.withLock { files throws(FileError) in
      try files.file.append(mark)
      try files.next?.append(mark)
      files.count += 1
    }
  }

  /// There are so many that it is time for `renew`.
  package var areMany: Bool { files.withLock { $0.count >= place.countMax } }

  /// Goes on as a new life with a file of its own, in which only what is still out is marked.
  ///
  /// The order matters, since the process may die at any moment and the database then names either life:
  ///
  ///     open, O_EXCL  the new file; from now on every mark goes into both files
  ///     write         a mark for each submit that is out, whether it has begun to leave or not: those
  ///                   that had begun before are among them
  ///     `begin`       the database names the new life, durable
  ///     unlink        the old file
  ///
  /// Where one of them throws, both files stay and are written on; another call goes on from there.
  ///
  /// - Parameters:
  ///   - out: gives the submits without an answer in the database. The caller sees to it that no other
  ///     becomes one meanwhile.
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
  /// One call, and so one step (O_APPEND); a part of a mark would spoil all behind it.
  fileprivate borrowing func append(_ mark: SentMarks.Mark) throws(FileError) {
    var record = (mark.job, mark.generation)
    let size = MemoryLayout.size(ofValue: record)
    let written = withUnsafeBytes(of: &record) { Glibc.write(number, $0.baseAddress, size) }
    guard written >= 0 else { throw FileError("write", path) }
    guard written == size else { throw FileError("write", path, code: ENOSPC) }
  }
}
