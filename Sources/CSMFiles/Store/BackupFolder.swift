import CSMCore
import Glibc

/// A folder of backups, which share one store and have a database each.
///
///     objects/…                           as in a state directory; only new objects are copied
///     csm-2026-11-25T03-00-00.000Z.db     a whole database; every object it refers to is in `objects`
///     backup.lock                         allows one backup at a time
///
/// So a restore is a copy: `objects` to `objects`, and a database to `csm.db`. A database gets its name only
/// once it is whole and durable, and all its objects are here.
package struct BackupFolder {
  package let store: AudioStore
  private let path: String
  private let lock: ProcessLock

  /// Opens the folder, creating it if necessary, and removes leftovers of an interrupted backup.
  ///
  /// - Throws: `LockBusy` while another backup runs, `FileError`.
  package init(path: String) throws {
    try Directory.make(path, mode: 0o770)
    lock = try ProcessLock(path: "\(path)/backup.lock")
    store = AudioStore(root: path)
    self.path = path
    try store.prepare()
  }

  /// The name for the database of a backup.
  package static func name(at now: Timestamp) -> String {
    prefix + now.rfc3339.replacing(":", with: "-") + suffix
  }

  private static let prefix = "csm-"
  private static let suffix = ".db"

  /// Adds a database; durable on return, and absent if `fill` throws.
  ///
  /// - Parameter fill: receives the path of an empty file, and writes the database to it.
  /// - Returns: nil if the name exists; then nothing changes.
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

  /// The same, for a folder that is only read.
  package static func databases(in path: String) throws(FileError) -> [String] {
    try Directory(opening: path).names().filter(isDatabase).sorted()
  }

  /// Removes the oldest databases, and keeps the latest `count`, at least one.
  ///
  /// All objects stay, since later databases refer to them too.
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
