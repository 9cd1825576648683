import CLinux
import Glibc

/// Where the sent marks of a state directory are stored.
package struct SentMarksPlace: Sendable {
  /// Candidate folders, the best first.
  private let folders: [String]
  /// Begins the names of all files of this state directory.
  private let prefix: String
  /// How many marks a file may have before it is renewed.
  let countMax: Int

  /// - Parameter folders: candidates; those that are not on a tmpfs are ignored.
  package init(of stateDirectory: String, in folders: [String]) throws(FileError) {
    var state = stat()
    guard stat(stateDirectory, &state) == 0 else { throw FileError("look at", stateDirectory) }
    self.init(
      folders: folders.filter { is_on_tmpfs($0) != 0 },
      prefix: "csmd-\(state.st_dev)-\(state.st_ino)")
  }

  /// - Parameter countMax: by default a megabyte of marks.
  package init(folders: [String], prefix: String, countMax: Int = 1 << 16) {
    self.folders = folders
    self.prefix = prefix
    self.countMax = countMax
  }

  /// The name of a life's file.
  private func name(_ life: Int64) -> String {
    "\(prefix)-\(hexadecimal(UInt64(bitPattern: life))).sent"
  }

  /// Whether there are files of other lives, but none of this one.
  ///
  /// A life's file is created before the database names the life, and earlier files are removed afterwards. So
  /// if this is true of the life in the database, a later one has begun since.
  package func isOutlived(_ life: Int64) -> Bool {
    let names = folders.flatMap { (try? Directory(opening: $0).names()) ?? [] }
      .filter { $0.hasPrefix("\(prefix)-") && $0.hasSuffix(".sent") }
    return !names.isEmpty && !names.contains(name(life))
  }

  /// The marks of a life; nil if its file is missing, damaged or not ours.
  package func marks(of life: Int64) -> Set<SentMarks.Mark>? {
    folders.lazy.compactMap { marks(in: "\($0)/\(name(life))") }.first
  }

  private func marks(in path: String) -> Set<SentMarks.Mark>? {
    guard let file = Descriptor(reading: path), let state = try? file.status(),
      state.st_uid == geteuid(), state.st_mode & S_IFMT == S_IFREG
    else { return nil }
    var marks: Set<SentMarks.Mark> = []
    var record = (Int64(0), Int64(0))
    while true {
      let count = withUnsafeMutableBytes(of: &record) {
        read(file.number, $0.baseAddress, $0.count)
      }
      if count == 0 { return marks }
      guard count == MemoryLayout.size(ofValue: record) else { return nil }
      marks.insert(SentMarks.Mark(job: record.0, generation: record.1))
    }
  }

  /// Creates the file for a new life in the first folder where that succeeds.
  ///
  /// All intents of earlier lives must be settled in the database. It must name this life next.
  ///
  /// - Throws: `FileError` of the last folder, or because there is none.
  package func begin(life: Int64) throws(FileError) -> SentMarks {
    var failure = FileError("find", "a folder on a tmpfs", code: ENOENT)
    for path in folders {
      do throws(FileError) {
        let folder = try Directory(opening: path)
        return SentMarks(file: try createFile(life, in: folder), in: folder, of: self)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  func createFile(_ life: Int64, in folder: Directory) throws(FileError) -> Descriptor {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let number = openat(folder.number, name(life), flags, 0o600)
    let path = folder.path(of: name(life))
    guard number >= 0 else { throw FileError("create", path) }
    return Descriptor(number, path: path)
  }

  /// Removes the files of all other lives; failures are ignored.
  package func removeAll(but life: Int64) {
    for path in folders {
      guard let folder = try? Directory(opening: path), let names = try? folder.names() else {
        continue
      }
      for other in names where other.hasPrefix("\(prefix)-") && other != name(life) {
        try? folder.remove(other)
      }
    }
  }
}
