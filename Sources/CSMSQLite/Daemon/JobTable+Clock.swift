import CSMCore
import GRDB

extension JobTable {
  /// Repairs what a wrong clock wrote, so that no wait ends later than `longest` from now, and no
  /// search for a lost submit began in the future.
  ///
  /// - Parameter isSet: the clock was just set, so past times are no more reliable than future ones.
  package func forgetFuture(
    beyond longest: Duration, isSet: Bool = false, at now: Timestamp
  ) throws {
    try write { db in
      try Self.wakeJobs(db, dueAfter: now + longest, at: now)
      let end = now + longest
      try Self.openGates("probe_at > \(end) AND name NOT IN ('budget', 'hours')", db, at: now)
      try db.execute(
        sql: """
          UPDATE job SET unknown_since = :now
          WHERE state = 'UNKNOWN' AND (unknown_since > :now OR :set)
          """, arguments: ["now": now, "set": isSet])
      try db.execute(sql: "UPDATE gate SET since = min(since, ?)", arguments: [now])
    }
  }

  /// Makes due the jobs that would wait beyond `limit`.
  static func wakeJobs(_ db: Database, dueAfter limit: Timestamp, at now: Timestamp) throws {
    try db.execute(
      sql: """
        UPDATE job SET wake_at = :now
        WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at > :limit
        """, arguments: ["now": now, "limit": limit])
  }
}
