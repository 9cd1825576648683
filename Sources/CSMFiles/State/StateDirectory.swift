import Glibc

/// The folder with everything that the programs share, and the names in it.
package struct StateDirectory: Sendable {
  /// Its absolute path.
  package let path: String

  package var database: String { "\(path)/csm.db" }
  package var lock: String { "\(path)/csmd.lock" }
  package var writeGate: String { "\(path)/csm.gate" }
  package var wakeSocket: String { "\(path)/csmd.sock" }

  /// The folder of a system service, which its group may use.
  private static let system = "/var/lib/csm"

  /// Finds the folder: the one that is set, else the system's where there is a service, else the
  /// user's own.
  ///
  /// Who may not use the system's gets their own only if they have one already: what a stranger to
  /// the group queues in a new one would wait for ever, since the service looks at the system's alone.
  package init(setting: String?, environment: [String: String]) {
    let base = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let own = "\(base ?? "\(environment["HOME"] ?? "")/.local/state")/csm"
    if let setting {
      path = setting
    } else if Self.isUsable(Self.system) {
      path = Self.system
    } else {
      path = access(Self.system, F_OK) == 0 && !Self.isUsable(own) ? Self.system : own
    }
  }

  private static func isUsable(_ path: String) -> Bool { access(path, R_OK | W_OK | X_OK) == 0 }

  /// Makes the folder where it is missing, with those above it, and sets the mask for the files in
  /// it: a folder that a group may write to is the group's, any other one the user's own.
  ///
  /// - Throws: `Refusal` or `FileError`.
  package func prepare() throws {
    try Directory.make(path, mode: 0o700)
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("look at", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("use as a folder", path, code: ENOTDIR)
    }
    let isShared = status.st_mode & S_IWGRP != 0
    umask(isShared ? 0o007 : 0o077)
    try demandAccess()
    try makeDatabase()
    if isShared { try openToGroup() }
  }

  /// Sees that the folder may be used, where there is one, and that what is in it is ours.
  ///
  /// Reading needs the right to write too: SQLite's readers lock one another out through a file.
  ///
  /// - Throws: `Refusal` or `FileError`.
  package func demandAccess() throws {
    if Self.isUsable(path) { return try demandOwnEntries() }
    guard errno != ENOENT else { return }
    let error = FileError("use", path)
    guard error.isNotPermitted, let refusal = Refusal(of: path) else { throw error }
    throw refusal
  }

  /// Sees that no name of ours in here is a link or another's.
  ///
  /// Most is opened without following links anyway; the database is not, for SQLite follows them.
  private func demandOwnEntries() throws(FileError) {
    let folder = try Directory(opening: path)
    for name in ["objects", "tmp", "quarantine"] { try folder.demand(.folder, name) }
    for name in Self.databaseFiles + ["csm.db-journal", "csm.gate", "csmd.lock", "csm.reserve"] {
      try folder.demand(.file, name)
    }
  }

  private static let databaseFiles = ["csm.db", "csm.db-wal", "csm.db-shm"]

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

  /// Lets the group in to the database that was the user's own before the folder became a group's,
  /// as systemd makes of a folder that root once made by hand; changes nothing of anybody else's.
  ///
  /// By their names, since the files must not be opened and closed beside SQLite.
  private func openToGroup() throws(FileError) {
    let folder = try Directory(opening: path)
    for name in Self.databaseFiles {
      guard let status = try folder.status(of: name), status.st_uid == geteuid(),
        status.st_mode & 0o060 != 0o060
      else { continue }
      fchmodat(folder.number, name, 0o660, AT_SYMLINK_NOFOLLOW)
    }
  }
}
