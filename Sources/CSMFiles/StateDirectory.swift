import Glibc

/// The folder with everything that the programs share, and the names in it.
package struct StateDirectory: Sendable {
  /// Its absolute path.
  package let path: String

  package var database: String { "\(path)/csm.db" }
  package var lock: String { "\(path)/csmd.lock" }
  package var writeGate: String { "\(path)/csm.gate" }
  package var wakeSocket: String { "\(path)/csmd.sock" }

  /// The folder of a system service; who installs it gives its group the right to enqueue.
  private static let system = "/var/lib/csm"

  /// Finds the folder: the one that is set, else the system's where it may be used, else the user's own.
  package init(setting: String?, environment: [String: String]) {
    if let setting {
      path = setting
    } else if access(Self.system, R_OK | W_OK | X_OK) == 0 {
      path = Self.system
    } else if let base = environment["XDG_STATE_HOME"], base.hasPrefix("/") {
      path = "\(base)/csm"
    } else {
      path = "\(environment["HOME"] ?? "")/.local/state/csm"
    }
  }

  /// Makes the folder where it is missing, with those above it, and sets the mask for the files in
  /// it: a folder that a group may write to is the group's, any other one the user's own.
  package func prepare() throws(FileError) {
    try make(path)
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("look at", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("use as a folder", path, code: ENOTDIR)
    }
    umask(status.st_mode & S_IWGRP != 0 ? 0o007 : 0o077)
    guard access(path, R_OK | W_OK | X_OK) == 0 else { throw FileError("write to", path) }
    try makeDatabase()
  }

  /// Makes an empty database file, which SQLite takes for a new one.
  ///
  /// SQLite itself would make it without the group's right to write, and its journal files get the
  /// mode of this one.
  private func makeDatabase() throws(FileError) {
    let number = open(database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o660)
    guard number >= 0 else {
      guard errno == EEXIST else { throw FileError("create", database) }
      return
    }
    close(number)
  }

  private func make(_ folder: String) throws(FileError) {
    var status = stat()
    guard stat(folder, &status) != 0 else { return }
    if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      try make(String(folder[..<slash]))
    }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw FileError("make", folder) }
  }
}
