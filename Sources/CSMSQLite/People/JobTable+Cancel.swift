import CSMCore
import GRDB

extension JobTable {
  /// Cancels jobs: at once if no request is out, else by marking them for the daemon, which tells fal.
  ///
  /// csmd gives up a submit in doubt unless fal's listing shows it.
  package func cancel(_ selection: Selection, at now: Timestamp) throws -> Decision {
    try write { db in
      var decision = Decision()
      try select(selection, db, &decision)
      (decision.lookedFor, decision.cost) = try Self.doubtful(db)
      try remember(
        db, now, cause: "cancelled_by_person", to: "CANCELLED",
        where: "state IN ('QUEUED', 'HELD')")
      try db.execute(
        sql: """
          UPDATE job
          SET state = 'CANCELLED', cancel_wanted = 1, wake_at = NULL, waits_for = NULL,
            result = NULL, updated_at = :now, finished_at = :now
          WHERE id IN (SELECT id FROM temp.selected) AND state IN ('QUEUED', 'HELD')
          """, arguments: ["now": now])
      decision.moved = db.changesCount
      try Self.releaseAfterSelected(db, at: now)
      try Retirement.dropNeedsOfSelected(db, at: now)
      try db.execute(
        sql: """
          UPDATE job
          SET cancel_wanted = 1, retry_wanted = 0, updated_at = :now
          WHERE id IN (SELECT id FROM temp.selected)
            AND state IN \(States.out)
          """, arguments: ["now": now])
      decision.marked = db.changesCount
      // Jobs that waited for room may be among the cancelled ones.
      let batches = try Int64.fetchAll(
        db,
        sql: """
          SELECT id
          FROM batch INDEXED BY batch_exhausted
          WHERE exhausted_at IS NOT NULL
            AND EXISTS (
              SELECT 1
              FROM temp.selected
              CROSS JOIN batch_item ON job_id = selected.id AND batch_id = batch.id)
          """)
      try Self.letTryAgain(db, batches)
      decision.elsewhere = try Self.cancelledElsewhere(db, selection)
      return decision
    }
  }

  /// Counts selected jobs in doubt, and what fal may bill for them and for held ones.
  private static func doubtful(_ db: Database) throws -> (jobs: Int, cost: Money) {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) FILTER (WHERE state = 'UNKNOWN') AS jobs, \(saturatingSum("cost")) AS cost
        FROM temp.selected
        CROSS JOIN job ON job.id = selected.id
        LEFT JOIN submission
          ON job_id = job.id AND submission.generation = job.generation AND is_settled = 0
        WHERE state = 'UNKNOWN' OR state = 'HELD' AND result IS NULL
        """)
    return (row?["jobs"] ?? 0, row?["cost"] ?? .zero)
  }

  /// Unselected lines that share jobs which are cancelled, or will be.
  ///
  /// For a job selected by its number, these are all its lines but the first.
  private static func cancelledElsewhere(
    _ db: Database, _ selection: Selection
  ) throws -> [Elsewhere] {
    let named = try selection.resolved(db)
    let numbers = "\(named.jobs + selection.jobs)"
    // With a single `min`, SQLite takes the other columns from the row that has it.
    let request: SQLRequest<Row> = """
      SELECT batch.name, count(*) AS lines, min(item.id), item.line, item.is_next
      FROM temp.selected
      CROSS JOIN job ON job.id = selected.id AND job.cancel_wanted = 1
      CROSS JOIN batch_item AS item ON item.job_id = job.id
        AND (item.former IS NULL OR item.is_next)
      CROSS JOIN batch ON batch.id = item.batch_id
      WHERE item.id NOT IN (SELECT id FROM temp.selected_line)
        OR (
          job.id IN (SELECT value FROM json_each(\(numbers)))
          AND item.id > (SELECT min(id) FROM temp.selected_line WHERE job_id = job.id))
      GROUP BY batch.id, item.is_next
      ORDER BY batch.name, item.is_next
      """
    return try request.fetchAll(db).map {
      Elsewhere(
        batch: $0["name"], lines: $0["lines"], first: $0["line"], isOtherTake: $0["is_next"])
    }
  }
}
