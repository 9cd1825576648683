import CSMCore
import Foundation
import GRDB
import Glibc

/// The SQLite database of all jobs; the only place that speaks SQL.
///
/// One connection in WAL mode with `synchronous=FULL`: a write is on disk when the call returns. Calls may
/// come from any thread and wait for one another. Every writing call is one transaction under the
/// `WriteLock` that all programs share. Nothing else in the process may open or close the file or its
/// `-shm`: that would drop SQLite's locks on it.
package struct JobTable: Sendable {
  let queue: DatabaseQueue
  let writeLock: any WriteLock
  package let path: String
  let unreadable = UnreadableRows()
  let recentHearings = RecentHearings()

  /// Who opens the table.
  package enum Role: Sendable {
    /// The daemon: writes, and does all checkpoints.
    case daemon
    /// A command that writes; it checkpoints only if it is the last to close the database.
    case writer
    /// A command that only reads.
    case reader
  }

  /// Opens the database at `path`; a daemon or writer creates it and migrates it to the newest schema.
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

  /// Opens the database at `path` for reading; needs neither the lock nor write permission.
  ///
  /// - Throws: `TableError`.
  package init(reading path: String) throws {
    try self.init(path: path, role: .reader, writeLock: NoWriting(path: path))
  }

  /// Limits the page cache to `kilobytes`, which is enough for many small queries.
  package func keepLittle(kilobytes: Int) throws {
    try translated {
      try queue.unsafeRead { try $0.execute(sql: "PRAGMA cache_size = -\(kilobytes)") }
    }
  }

  /// The write lock of a reader: refuses every write.
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
          throw TableError.failed("this file system does not support a write-ahead log")
        }
      }
      try Migrations.migrator.migrate(queue)
      return queue
    }
  }

  /// Refuses a database that is not csm's, or that a newer version wrote.
  private static func check(_ db: Database, _ path: String, isNew: Bool) throws {
    let id = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    // GRDB creates its list of migrations first: an interrupted creation leaves only that.
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

  /// Closes the connection; holds the lock, since the last connection to close checkpoints.
  package func close() throws {
    try translated { try writeLock.withLock { try queue.close() } }
  }

  // MARK: Transactions

  /// Reads in one transaction.
  ///
  /// GRDB's `read` is not used: it toggles `PRAGMA query_only`, and each toggle makes SQLite discard all
  /// compiled statements.
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

  /// Moves the WAL into the database, except what a reader still needs; truncates it if no reader needs
  /// any.
  ///
  /// Waits for the lock only, never for a reader.
  ///
  /// - Parameter relieve: frees space on a full disk; called under the lock, so that no addition can take
  ///   it.
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
      // Everything that can be moved has been moved.
    }
  }

  /// Whether the WAL is larger than a running daemon ever leaves it.
  ///
  /// An addition was large, or did not fit on the disk.
  package var isOvergrown: Bool {
    var status = stat()
    return stat("\(path)-wal", &status) == 0 && status.st_size > 8 << 20
  }

  /// Makes room on a full disk by truncating the WAL that a dead program left.
  ///
  /// Works even without room for SQLite's other files, but only while nobody has the database open.
  private static func checkpointAlone(_ path: String, _ writeLock: any WriteLock) throws {
    var configuration = Configuration()
    // Must come first: in exclusive mode SQLite keeps in memory what it otherwise shares through a file.
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

  /// In seconds: long enough for a commit of a million lines, short enough to notice a stuck program.
  private static let patience = 60

  /// A number that changes when another program has committed since the last call.
  package func dataVersion() throws -> Int {
    try translated {
      try queue.unsafeRead { db in
        try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
      }
    }
  }

  /// Runs SQLite's own check of the file; nil if it is sound, otherwise the first complaints.
  ///
  /// - Parameter isQuick: skips comparing indices with tables; takes a fifth of the time.
  package func integrityComplaints(isQuick: Bool = false) throws -> String? {
    let check = isQuick ? "quick_check" : "integrity_check"
    let lines = try read { try String.fetchAll($0, sql: "PRAGMA \(check)(10)") }
    return lines == ["ok"] ? nil : lines.joined(separator: "; ")
  }
}
