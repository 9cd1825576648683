import CSMCore
import Foundation
import GRDB
import Glibc

/// The SQLite database with all that is known about jobs: the only place that speaks SQL.
///
/// One connection, `synchronous=FULL` in WAL mode: what a writing call has done is on the disk when it
/// returns. Calls may come from any thread and wait for one another; every writing call is one
/// transaction under the `WriteLock` that all programs share. Nothing else may open or close the file
/// or its `-shm` within the process: that would drop SQLite's locks on it.
package struct JobTable: Sendable {
  let queue: DatabaseQueue
  let writeLock: any WriteLock
  package let path: String
  let unreadable = UnreadableRows()
  let recentHearings = RecentHearings()

  /// Who opens it.
  package enum Role: Sendable {
    /// The daemon: writes, and does all checkpoints.
    case daemon
    /// A command that writes; it never checkpoints but when it closes as the last one.
    case writer
    /// A command that only reads.
    case reader
  }

  /// Opens the database at `path`; a daemon or writer makes it, and brings it to the newest schema.
  ///
  /// - Throws: `TableError`.
  package init(path: String, role: Role, writeLock: any WriteLock) throws {
    self.path = path
    self.writeLock = writeLock
    do {
      queue = try Self.open(path, role, writeLock)
    } catch let error as DatabaseError {
      let isMissing = access(path, F_OK) != 0 && errno == ENOENT
      let failure = TableError(error, path: path)
      if failure == .full, role != .reader { try? Self.checkpointAlone(path, writeLock) }
      throw role == .reader && isMissing ? .missing(path: path) : failure
    }
  }

  /// Opens the database at `path` only to read it; no lock is needed, and no right to write.
  ///
  /// - Throws: `TableError`.
  package init(reading path: String) throws {
    try self.init(path: path, role: .reader, writeLock: NoWriting(path: path))
  }

  /// The lock of somebody who must not write.
  private struct NoWriting: WriteLock {
    let path: String

    func withLock<Result>(_ body: () throws -> Result) throws -> Result {
      throw TableError.notPermitted(path: path)
    }
  }

  private static func open(_ path: String, _ role: Role, _ writeLock: any WriteLock) throws
    -> DatabaseQueue
  {
    var configuration = Configuration()
    configuration.readonly = role == .reader
    configuration.busyMode = .timeout(TimeInterval(patience))
    configuration.foreignKeysEnabled = true
    configuration.label = "csm"
    configuration.prepareDatabase { db in
      if role == .daemon { limitValues(db) }
      try db.execute(
        sql: """
          PRAGMA trusted_schema = OFF;
          PRAGMA cell_size_check = ON;
          PRAGMA synchronous = FULL;
          PRAGMA wal_autocheckpoint = \(role == .daemon ? 1000 : 0);
          PRAGMA journal_size_limit = 67108864;
          PRAGMA cache_size = \(role == .daemon ? -4000 : -16000);
          """)
    }
    if role == .reader {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { try check($0, path, isNew: false) }
      return queue
    }
    return try writeLock.withLock {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        try check(db, path, isNew: true)
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
          throw TableError.failed("this file system takes no write-ahead log")
        }
      }
      try Migrations.migrator.migrate(queue)
      return queue
    }
  }

  /// Refuses a database that is not ours, or newer than we are.
  private static func check(_ db: Database, _ path: String, isNew: Bool) throws {
    let id = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    // The list of migrations is made before the first of them: what was cut off there has no more.
    let isEmpty =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'") == 0
    if isEmpty {
      guard isNew, id == 0 else { throw TableError.missing(path: path) }
    } else {
      guard id == 0x4353_4D31 else { throw TableError.foreign(path: path) }
      guard try !Migrations.migrator.hasBeenSuperseded(db) else {
        throw TableError.newer(path: path)
      }
    }
  }

  /// Closes the connection; as the last one of all programs it checkpoints, hence the lock.
  package func close() throws {
    try translated { try writeLock.withLock { try queue.close() } }
  }

  // MARK: Transactions

  /// Reads in one transaction.
  ///
  /// Not by GRDB's `read`: it switches `PRAGMA query_only` on and off, and with each switch SQLite
  /// throws away what it has compiled of all statements.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try translated {
      try queue.unsafeRead { db in
        try db.beginTransaction(.deferred)
        // There is nothing to commit.
        defer { try? db.rollback() }
        return try body(db)
      }
    }
  }

  /// Writes in one transaction; durable on return.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try translated { try writeLock.withLock { try queue.write(body) } }
  }

  func translated<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw TableError(error, path: path)
    }
  }

  /// Moves what is in the WAL into the database, as far as no reader still needs it there, and cuts the
  /// WAL to nothing where none does; waits for nobody but the lock.
  ///
  /// - Parameter relieve: gives room back on a full disk; called under the lock, so that no addition can
  ///   take it.
  package func checkpoint(relieve: () -> Void = {}) throws {
    try translated {
      try writeLock.withLock {
        relieve()
        try queue.writeWithoutTransaction(Self.checkpoint)
      }
    }
  }

  private static func checkpoint(_ db: Database) throws {
    try db.execute(sql: "PRAGMA busy_timeout = 0")
    defer { try? db.execute(sql: "PRAGMA busy_timeout = \(patience * 1000)") }
    do {
      _ = try db.checkpoint(.truncate)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      // What can be moved has been moved.
    }
  }

  /// Whether the WAL has more in it than a working daemon ever leaves: an addition that was large, or
  /// that did not fit on the disk.
  package var isOvergrown: Bool {
    var status = stat()
    return stat("\(path)-wal", &status) == 0 && status.st_size > 8 << 20
  }

  /// Makes room on a full disk by cutting the WAL that a dead program left; works where there is no room
  /// for SQLite's other files either, and only where nobody has the database open.
  private static func checkpointAlone(_ path: String, _ writeLock: any WriteLock) throws {
    var configuration = Configuration()
    // Before all else: alone, SQLite keeps in memory what it else shares by a file.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    try writeLock.withLock {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        try check(db, path, isNew: false)
        try checkpoint(db)
      }
      try queue.close()
    }
  }

  /// Long enough for a commit of a million lines, short enough to be told of a stuck program.
  private static let patience = 60

  /// A number that changes when another program has committed since the last call.
  package func dataVersion() throws -> Int {
    try translated {
      try queue.unsafeRead { db in
        try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
      }
    }
  }

  /// SQLite's own check of the file; nil when all is well, else the first complaints.
  ///
  /// - Parameter isQuick: does not compare the indices with the tables, which takes a fifth of the time.
  package func integrityComplaints(isQuick: Bool = false) throws -> String? {
    let check = isQuick ? "quick_check" : "integrity_check"
    let lines = try read { try String.fetchAll($0, sql: "PRAGMA \(check)(10)") }
    return lines == ["ok"] ? nil : lines.joined(separator: "; ")
  }
}
