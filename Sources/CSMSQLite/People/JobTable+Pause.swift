import CSMCore
import GRDB

extension JobTable {
  /// Closes the gate `paused`.
  ///
  /// - Returns: false if it was already closed.
  package func pause(reason: String, at now: Timestamp) throws -> Bool {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO gate (name, reason, since, gap_ms) VALUES ('paused', ?, ?, 0)
          ON CONFLICT (name) DO NOTHING
          """, arguments: [reason, now])
      return db.changesCount > 0
    }
  }

  /// Opens all gates, and makes due all lines that wait for a time.
  ///
  /// If the gate says that fal's list cannot be read, csmd goes on without it, even if it is not running now.
  ///
  /// Where the cause remains, gates close and lines wait again by themselves.
  ///
  /// - Returns: the gates that were closed.
  package func resume(at now: Timestamp) throws -> [Gate] {
    try write { db in
      let closed = try Self.gates(db)
      if closed.contains(where: { $0.reason.contains(Gate.opensUnread) }) {
        try Self.endAdoption(db)
      }
      try Self.openGates("TRUE", db, at: now)
      try Self.wakeJobs(db, dueAfter: now, at: now)
      return closed
    }
  }
}
