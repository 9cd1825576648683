import CSMCore
import GRDB
import GRDBSQLite

// Overlong values: one longer than csm ever writes would fill the daemon's memory at every start.

extension JobTable {
  /// In bytes: five times the longest result, and far more than any input.
  private static let valueMax: Int32 = 32 << 20

  /// Makes SQLite answer SQLITE_TOOBIG instead of reading a longer value.
  ///
  /// See sqlite.org/c3ref/c_limit_attached.html.
  static func limitValues(_ db: Database) {
    sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, valueMax)
  }

  /// The rows that `source` selects; it is SQL that begins with the table of jobs.
  ///
  /// Rows with an overlong value are left out, and noted for `holdUnreadable`.
  func rows(
    _ db: Database, _ columns: String = Job.columns, from source: String,
    _ arguments: StatementArguments = []
  ) throws -> [Row] {
    do {
      let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM \(source)")
      return try Row.fetchAll(statement, arguments: arguments)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_TOOBIG {
      let ids = try Job.ID.fetchAll(db, sql: "SELECT job.id FROM \(source)", arguments: arguments)
      return try ids.compactMap { id in
        let row = try Self.unlessTooBig {
          try Row.fetchOne(db, sql: "SELECT \(columns) FROM job WHERE id = ?", arguments: [id])
        }
        if row == nil { unreadable.note(UnreadableRow(job: id, column: "result")) }
        return row
      }
    }
  }

  /// Empties the overlong columns of a job's row, since a row cannot be updated around them.
  ///
  /// - Throws: the first of them as `UnreadableRow`, once they are empty.
  static func cutOverlong(_ id: Job.ID, _ db: Database) throws {
    let overlong = try cuttable.filter { column in
      try unlessTooBig {
        try Row.fetchOne(db, sql: "SELECT \(column) FROM job WHERE id = ?", arguments: [id])
      } == nil
    }
    guard let first = overlong.first, !(try hasEnded(id, db)) else { return }
    let cuts = overlong.map { "\($0) = ''" }.joined(separator: ", ")
    try db.execute(sql: "UPDATE job SET \(cuts) WHERE id = ?", arguments: [id])
    throw UnreadableRow(job: id, column: first)
  }

  private static func hasEnded(_ id: Job.ID, _ db: Database) throws -> Bool {
    let sql = "SELECT state IN \(States.settled) FROM job WHERE id = ?"
    return try Bool.fetchOne(db, sql: sql, arguments: [id]) ?? true
  }

  private static let cuttable = [
    "endpoint", "input", "request_id", "status_url", "response_url", "cancel_url", "result",
    "error_class", "error", "template",
  ]

  private static func unlessTooBig<Value>(_ body: () throws -> Value?) throws -> Value? {
    do {
      return try body()
    } catch let error as DatabaseError where error.resultCode == .SQLITE_TOOBIG {
      return nil
    }
  }
}
