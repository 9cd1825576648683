import CSMCore
import GRDB

extension JobTable {
  /// Repairs what a wrong clock wrote, so that no wait ends later than `longest` from now, and no
  /// lost submit is looked for from a moment on that is later than its POST.
  ///
  /// - Parameter isSet: the clock was just set, so past times are no more reliable than future ones: lines
  ///   and looks at gates wait for a minute at most.
  package func forgetFuture(
    beyond longest: Duration, isSet: Bool = false, at now: Timestamp
  ) throws {
    try write { db in
      let limit = now + (isSet ? Self.waitOnceSet : longest)
      try Self.wakeJobs(db, dueAfter: limit, at: now)
      let isLate: SQL =
        "probe_at > \(limit) AND name NOT IN ('budget', 'hours')"
      if isSet {
        // Its cause may still be there: it is only looked at earlier.
        try db.execute(literal: "UPDATE gate SET probe_at = \(limit) WHERE \(isLate)")
      } else {
        try Self.openGates(isLate, db, at: now)
      }
      try db.execute(sql: "UPDATE gate SET since = min(since, ?)", arguments: [now])
      try Self.repairRequests(db, isSet: isSet, at: now)
    }
  }

  private static let waitOnceSet: Duration = .seconds(60)

  /// Makes the search for lost submits begin early enough, and lets no request be accepted in the future.
  ///
  /// Impossible values are left alone: csmd holds their rows as unreadable.
  private static func repairRequests(_ db: Database, isSet: Bool, at now: Timestamp) throws {
    let (first, last) = (Timestamp.usual.lowerBound, Timestamp.usual.upperBound)
    let now = now.milliseconds
    let isWrong = "BETWEEN \(isSet ? first : now + 1) AND \(last)"
    let begin =
      "max(\(first), min(intent_at, \(now)) - \(Reconciliation.clockSetMargin.milliseconds))"
    try db.execute(
      sql: """
        UPDATE submission SET intent_at = \(begin)
        WHERE intent_at \(isWrong)
          AND (job_id, generation) IN (
            SELECT id, generation
            FROM job
            WHERE state IN ('SUBMITTING', 'UNKNOWN')
              OR state = 'HELD' AND error_class = '\(Problem.lostSubmit)');
        UPDATE job SET intent_at = \(begin)
        WHERE state IN ('SUBMITTING', 'UNKNOWN') AND intent_at \(isWrong);
        UPDATE job SET accepted_at = \(now)
        WHERE state IN ('IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')
          AND accepted_at BETWEEN \(now + 1) AND \(last);
        """)
    try db.execute(
      sql: """
        UPDATE job SET unknown_since = :now
        WHERE state = 'UNKNOWN' AND (unknown_since > :now OR :set)
        """, arguments: ["now": now, "set": isSet])
  }

  /// Makes due the jobs that would wait beyond `limit`; those outside the queue will be once they join it.
  static func wakeJobs(_ db: Database, dueAfter limit: Timestamp, at now: Timestamp) throws {
    // Named, or SQLite would read all queued rows by their state.
    for (index, waits) in [("job_wake", "IS NULL"), ("job_waits", "IS NOT NULL")] {
      try db.execute(
        sql: """
          UPDATE job INDEXED BY \(index) SET wake_at = :now
          WHERE state = 'QUEUED' AND waits_for \(waits) AND wake_at > :limit
          """, arguments: ["now": now, "limit": limit])
    }
  }
}
