import Glibc

extension StateDirectory {
  package enum Condition: Sendable {
    case usable
    /// It does not exist, but can be created.
    case absent
  }

  /// Checks whether the programs can use the folder, without changing anything.
  ///
  /// - Throws: `FileError` if they cannot.
  package func condition() throws(FileError) -> Condition {
    let place = nearest
    guard access(place, R_OK | W_OK | X_OK) == 0 else { throw FileError("write to", place) }
    guard place == path else { return .absent }
    let top = try Directory(opening: path)
    for name in AudioStore.folders where try top.status(of: name) != nil {
      let folder = try Directory(name, in: top)
      guard access(folder.path, R_OK | W_OK | X_OK) == 0 else {
        throw FileError("write to", folder.path)
      }
      // A file cannot be renamed across file systems.
      guard try folder.device() == top.device() else {
        throw FileError("rename out of", folder.path, code: EXDEV)
      }
    }
    for file in [database, writeGate, lock] where access(file, F_OK) == 0 {
      guard access(file, R_OK | W_OK) == 0 else { throw FileError("write to", file) }
    }
    return .usable
  }

  /// The folder, or its nearest parent that exists.
  package var nearest: String {
    var folder = path
    while access(folder, F_OK) != 0, errno == ENOENT, let slash = folder.lastIndex(of: "/") {
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      if folder == "/" { break }
    }
    return folder
  }
}
