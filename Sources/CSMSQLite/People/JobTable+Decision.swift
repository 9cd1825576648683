import CSMCore
import GRDB

// What retrying and cancelling share. Jobs that the daemon works on are only marked; it moves them.

extension JobTable {
  /// The result of a retry or a cancellation.
  package struct Decision: Sendable, Equatable {
    /// Jobs selected.
    package var selected = 0
    /// Jobs moved.
    package var moved = 0
    /// Jobs marked for the daemon to move.
    package var marked = 0
    /// Jobs that are looked for at fal once more before they are sent again or given up.
    package var lookedFor = 0
    /// The most that has to be paid: for jobs sent again, and for given-up jobs that fal may have.
    package var cost = Money.zero
    /// Lines that share the cancelled jobs but were not selected.
    package var elsewhere: [Elsewhere] = []
  }

  /// Unselected lines of one batch that a decision also affects.
  package struct Elsewhere: Sendable, Equatable {
    package let batch: String
    package let lines: Int
    /// The id of the first of them.
    package let first: String
    /// Whether they show another take, and only lose one that they were to show next.
    package let isOtherTake: Bool
  }

  /// Notes the selection in temporary tables: its jobs in `selected`, its lines in `selected_line`.
  func select(_ selection: Selection, _ db: Database, _ decision: inout Decision) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.selected_line;
        CREATE TEMP TABLE selected_line (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL);
        DROP TABLE IF EXISTS temp.selected;
        CREATE TEMP TABLE selected (id INTEGER PRIMARY KEY);
        """)
    let condition = try selection.condition(db)
    try db.execute(
      literal: """
        INSERT INTO temp.selected_line (id, job_id)
        SELECT item.id, job.id \(LineRow.source) WHERE \(condition)
        """)
    try db.execute(
      sql: "INSERT OR IGNORE INTO temp.selected (id) SELECT job_id FROM temp.selected_line")
    decision.selected = db.changesCount
  }

  /// Writes the step into the histories of the selected jobs, before the step is made.
  func remember(
    _ db: Database, _ now: Timestamp, cause: String, to state: String, where condition: String
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO transition (job_id, at, from_state, to_state, generation, cause, request_id)
        SELECT id, :now, state, :state, generation, :cause, request_id
        FROM job
        WHERE id IN (SELECT id FROM temp.selected) AND \(condition)
        """, arguments: ["now": now, "state": state, "cause": cause])
  }
}
