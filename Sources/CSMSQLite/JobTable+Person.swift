import CSMCore
import GRDB

// What a person decides. Jobs that the daemon works on are only marked: the daemon moves them.

extension JobTable {
  /// What a wish came to.
  package struct Decision: Sendable, Equatable {
    /// Jobs that were selected.
    package var selected = 0
    /// Jobs that moved.
    package var moved = 0
    /// Jobs that are marked, for the daemon to move.
    package var marked = 0
  }

  /// Puts failed and held jobs back into the line.
  ///
  /// A job whose result is durable goes on with the download instead, and one whose audio was lost here
  /// asks fal for its result once more; neither is sent and paid for again.
  package func retry(_ selection: Selection, at now: Timestamp) throws -> Decision {
    try write { db in
      var decision = Decision()
      try select(selection, db, &decision)
      try remember(
        db, now, cause: "retried",
        to: Self.retryState,
        where: "state IN ('FAILED', 'HELD')")
      try db.execute(
        sql: """
          UPDATE job
          SET state = \(Self.retryState),
            wake_at = CASE WHEN \(Self.isResent) THEN :now END,
            request_id = CASE WHEN NOT \(Self.isResent) THEN request_id END,
            status_url = CASE WHEN NOT \(Self.isResent) THEN status_url END,
            response_url = CASE WHEN NOT \(Self.isResent) THEN response_url END,
            cancel_url = CASE WHEN NOT \(Self.isResent) THEN cancel_url END,
            accepted_at = CASE WHEN NOT \(Self.isResent) THEN accepted_at END,
            generation = generation + \(Self.isResent), attempts = 0, deferrals = 0,
            cancel_wanted = 0, error_class = NULL, error = NULL, updated_at = :now,
            finished_at = NULL
          WHERE id IN (SELECT id FROM temp.selected) AND state IN ('FAILED', 'HELD')
          """, arguments: ["now": now.milliseconds])
      decision.moved = db.changesCount
      return decision
    }
  }

  /// Whether `retry` makes a new submit of it.
  private static let isResent = "(result IS NULL AND error_class IS NOT '\(lostAudio)')"
  private static let retryState = """
    CASE
      WHEN result IS NOT NULL THEN 'COMPLETED'
      WHEN error_class = '\(lostAudio)' THEN 'IN_QUEUE'
      ELSE 'QUEUED'
    END
    """

  /// Cancels jobs: at once where nothing is out, else marked for the daemon, which tells fal.
  package func cancel(_ selection: Selection, at now: Timestamp) throws -> Decision {
    try write { db in
      var decision = Decision()
      try select(selection, db, &decision)
      try remember(
        db, now, cause: "cancelled_by_person", to: "'CANCELLED'",
        where: "state IN ('QUEUED', 'HELD')")
      try db.execute(
        sql: """
          UPDATE job
          SET state = 'CANCELLED', cancel_wanted = 1, wake_at = NULL, waits_for = NULL,
            result = NULL, updated_at = :now, finished_at = :now
          WHERE id IN (SELECT id FROM temp.selected) AND state IN ('QUEUED', 'HELD')
          """, arguments: ["now": now.milliseconds])
      decision.moved = db.changesCount
      try db.execute(
        sql: """
          UPDATE job
          SET cancel_wanted = 1, updated_at = :now
          WHERE id IN (SELECT id FROM temp.selected)
            AND state IN ('SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS')
          """, arguments: ["now": now.milliseconds])
      decision.marked = db.changesCount
      return decision
    }
  }

  /// Closes the gate `paused`.
  ///
  /// - Returns: false when it was closed before.
  package func pause(reason: String, at now: Timestamp) throws -> Bool {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO gate (name, reason, since, gap_ms) VALUES ('paused', ?, ?, 0)
          ON CONFLICT (name) DO NOTHING
          """, arguments: [reason, now.milliseconds])
      return db.changesCount > 0
    }
  }

  /// Opens all gates; those whose cause is still there close again by themselves.
  ///
  /// - Returns: the gates that were closed.
  package func resume() throws -> [Gate] {
    try write { db in
      let closed = try Self.gates(db)
      try db.execute(sql: "DELETE FROM gate")
      return closed
    }
  }

  private func select(_ selection: Selection, _ db: Database, _ decision: inout Decision) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.selected;
        CREATE TEMP TABLE selected (id INTEGER PRIMARY KEY);
        """)
    try db.execute(
      literal: """
        INSERT INTO temp.selected (id)
        SELECT DISTINCT job.id \(LineRow.source) WHERE \(selection.condition())
        """)
    decision.selected = db.changesCount
  }

  /// Writes the step into the histories of the selected jobs, before it is made.
  private func remember(
    _ db: Database, _ now: Timestamp, cause: String, to state: String, where condition: String
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO transition (job_id, at, from_state, to_state, generation, cause, request_id)
        SELECT id, :now, state, \(state), generation, :cause, request_id
        FROM job
        WHERE id IN (SELECT id FROM temp.selected) AND \(condition)
        """, arguments: ["now": now.milliseconds, "cause": cause])
  }
}
