import CSMCore
import GRDB

extension JobTable {
  /// Copies the whole database, as of this moment, into an empty file; other programs can go on writing.
  ///
  /// The copy is not durable by itself. Its gate `paused` is closed: it does not know what was sent after
  /// the copy was made, and would pay for that a second time.
  ///
  /// - Returns: the copy, which nobody else may open; it is complete once it is closed.
  /// - Throws: `TableError`, including if SQLite finds fault with the copy.
  package func backUp(to file: String, at now: Timestamp) throws -> JobTable {
    // One read transaction without the write lock: see lang_vacuum.html#vacuuminto.
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
          now,
        ])
    }
    return copy
  }

  /// The lock of a file that no other program knows.
  private struct NobodyElse: WriteLock {
    func withLock<Result>(_ body: () throws -> Result) throws -> Result { try body() }
  }
}
