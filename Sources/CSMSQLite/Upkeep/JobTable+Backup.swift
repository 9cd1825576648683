import CSMCore
import GRDB

extension JobTable {
  /// Writes the whole database, as it is at this moment, into an empty file, and makes a table of it;
  /// other programs go on writing meanwhile.
  ///
  /// The copy is not durable by itself. In it the gate `paused` is closed: what was sent after the copy
  /// was made is not known to it, and would be paid for a second time.
  ///
  /// - Returns: the copy, for nobody else to open; it is whole once it is closed.
  /// - Throws: `TableError`, also when SQLite finds fault with the copy.
  package func backUp(to file: String, at now: Timestamp) throws -> JobTable {
    // One read transaction, and no write lock: see lang_vacuum.html#vacuuminto.
    try translated {
      try queue.unsafeRead { try $0.execute(sql: "VACUUM INTO ?", arguments: [file]) }
    }
    let copy = try JobTable(path: file, role: .writer, writeLock: NobodyElse())
    if let complaints = try copy.integrityComplaints(isQuick: true) {
      throw TableError.damaged(complaints)
    }
    try copy.write { db in
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO gate (name, reason, since, gap_ms)
          VALUES ('paused', ?, ?, 0)
          """,
        arguments: [
          "restored from the backup of \(now.rfc3339): lines sent after it would be paid for again; "
            + "cancel those (fal's dashboard lists them), then csm-enqueue resume",
          now.milliseconds,
        ])
    }
    return copy
  }

  /// The lock of a file that no other program knows.
  private struct NobodyElse: WriteLock {
    func withLock<Result>(_ body: () throws -> Result) throws -> Result { try body() }
  }
}
