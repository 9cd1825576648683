import CSMCore
import Glibc

/// A folder with backups: one store for all of them, and a database for each.
///
///     objects/…                           as in a state directory; only what is new is copied
///     csm-2026-11-25T03-00-00.000Z.db     a whole database; every object that it names is in `objects`
///     backup.lock                         one backup at a time
///
/// So a restore is a copy: `objects` to `objects`, one of the databases to `csm.db`. A database has its
/// name only when it is whole and synced and all it names is here.
package struct BackupFolder {
  /// The audio of all backups.
  package let store: AudioStore
  private let path: String
  private let lock: ProcessLock

  /// Opens the folder, made where it is missing; what a backup that died left is removed.
  ///
  /// Throws `LockBusy` while another backup goes on, and `FileError`.
  package init(path: String) throws {
    try Directory.make(path, mode: 0o770)
    lock = try ProcessLock(path: "\(path)/backup.lock")
    store = AudioStore(root: path)
    self.path = path
    try store.prepare()
  }

  /// Whether both paths lead to the same folder: a backup does not belong into what it backs up.
  package static func isSame(_ path: String, as other: String) -> Bool {
    var (mine, theirs) = (stat(), stat())
    return stat(path, &mine) == 0 && stat(other, &theirs) == 0 && mine.st_dev == theirs.st_dev
      && mine.st_ino == theirs.st_ino
  }

  /// The name of the database of a backup that begins now.
  package static func name(at now: Timestamp) -> String {
    prefix + now.rfc3339.replacing(":", with: "-") + suffix
  }

  private static let prefix = "csm-"
  private static let suffix = ".db"

  /// Adds a database; durable on return, and not there at all when `fill` throws.
  ///
  /// - Parameter fill: gets the path of an empty file, and makes it the database.
  /// - Returns: nil when there is one of that name; nothing is changed then.
  package func add<Value>(_ name: String, fill: (String) throws -> Value) throws -> Value? {
    let folder = try Directory(opening: path)
    let temporaries = try Directory("tmp", in: folder)
    var file = try DurableFile(in: temporaries, prefix: "database.", mode: 0o640)
    let value = try fill(file.inspect { $0.path })
    return try file.place(as: name, in: folder) ? value : nil
  }

  /// The names of the databases, oldest first.
  package func databases() throws(FileError) -> [String] {
    try Self.databases(in: path)
  }

  /// The same of a folder that is only read.
  package static func databases(in path: String) throws(FileError) -> [String] {
    try Directory(opening: path).names().filter(isDatabase).sorted()
  }

  /// Removes the oldest databases but so many; the objects stay, since what has ended stays in every
  /// later database.
  ///
  /// - Returns: how many were removed.
  package func prune(keeping count: Int) throws(FileError) -> Int {
    let folder = try Directory(opening: path)
    let old = try databases().dropLast(max(1, count))
    for name in old { try folder.remove(name) }
    try folder.sync()
    return old.count
  }

  private static func isDatabase(_ name: String) -> Bool {
    let stamp = name.dropFirst(prefix.count).dropLast(suffix.count)
    let digits = stamp.filter(\.isNumber)
    return name.hasPrefix(prefix) && name.hasSuffix(suffix) && stamp.count == 24
      && digits.count == 17
  }
}
