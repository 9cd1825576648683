import Glibc

/// The folder with everything that the programs share.
package struct StateDirectory: Sendable {
  /// Its absolute path.
  package let path: String

  package var database: String { "\(path)/csm.db" }
  package var lock: String { "\(path)/csmd.lock" }
  package var writeGate: String { "\(path)/csm.gate" }
  package var wakeSocket: String { "\(path)/csmd.sock" }

  /// The folder of the system service, which its group may use.
  private static let system = "/var/lib/csm"

  /// Chooses the folder: the setting, else the system service's if there is one, else the user's own.
  ///
  /// Users who may not use the system's folder get their own only if it exists: lines queued in a new one
  /// would wait forever, since the service only uses the system's.
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

  /// Creates the folder and its parents if necessary, and sets the umask for files in it: a group that may
  /// write to the folder may also write to its files; nobody else but the owner may.
  ///
  /// - Throws: `AccessDenied`, `FileError`.
  package func prepare() throws {
    try Directory.make(path, mode: 0o700)
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("look at", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("use as a folder", path, code: ENOTDIR)
    }
    let isShared = status.st_mode & S_IWGRP != 0
    umask(isShared ? 0o007 : 0o077)
    try requireAccess()
    try makeDatabase()
    if isShared { try openToGroup() }
  }

  /// Throws if the folder exists but may not be used, or contains entries that are not ours.
  ///
  /// Even reading needs write permission, since SQLite's readers lock through a shared file.
  ///
  /// - Throws: `AccessDenied`, `FileError`.
  package func requireAccess() throws {
    if Self.isUsable(path) { return try requireOwnEntries() }
    guard errno != ENOENT else { return }
    let error = FileError("use", path)
    guard error.isNotPermitted, let denied = AccessDenied(of: path) else { throw error }
    throw denied
  }

  /// Whether a path leads to the folder itself or to where the store keeps its files, through whatever
  /// links; its end need not exist.
  ///
  /// Other folders in it are people's own: the service may write nowhere else.
  package func owns(_ path: String) -> Bool {
    let (place, state) = (Self.resolved(path) + "/", Self.resolved(self.path) + "/")
    return place == state || Self.isSame(path, self.path)
      || AudioStore.folders.contains { place.hasPrefix("\(state)\($0)/") }
  }

  /// Whether both paths lead to the same folder, even where it is mounted twice.
  private static func isSame(_ path: String, _ other: String) -> Bool {
    var (mine, theirs) = (stat(), stat())
    return stat(path, &mine) == 0 && stat(other, &theirs) == 0 && mine.st_dev == theirs.st_dev
      && mine.st_ino == theirs.st_ino
  }

  /// The path without links, part by part as `Directory.make` makes the folder.
  private static func resolved(_ path: String) -> String {
    let start = path.hasPrefix("/") ? "" : real(".") ?? ""
    return path.split(separator: "/").reduce(start) { place, name in
      switch name {
      case ".": place
      case "..": String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
      default: real("\(place)/\(name)") ?? "\(place)/\(name)"
      }
    }
  }

  /// The path of something that exists, without links; nil if it does not.
  private static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Throws if one of our names is a link or belongs to a stranger.
  ///
  /// Most files are opened without following links anyway, but SQLite follows them to the database.
  private func requireOwnEntries() throws(FileError) {
    let folder = try Directory(opening: path)
    for name in AudioStore.folders { try folder.require(.folder, name) }
    for name in Self.databaseFiles + ["csm.db-journal", "csm.gate", "csmd.lock", "csm.reserve"] {
      try folder.require(.file, name)
    }
  }

  private static let databaseFiles = ["csm.db", "csm.db-wal", "csm.db-shm"]

  /// Creates an empty file, which SQLite takes for a new database.
  ///
  /// SQLite itself would create it without write permission for the group, and gives its journal files the
  /// mode of the database.
  private func makeDatabase() throws(FileError) {
    let number = open(database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o660)
    guard number >= 0 else {
      guard errno == EEXIST else { throw FileError("create", database) }
      return
    }
    close(number)
  }

  /// Gives the group access to a database that is older than the folder's group permission.
  ///
  /// This happens when systemd takes over a folder that root created by hand. Files of other users stay
  /// unchanged. Uses names, since opening and closing these files would release SQLite's locks.
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
