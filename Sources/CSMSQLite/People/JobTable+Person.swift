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
    /// Jobs that are looked for at fal once more before they are sent again, or given up.
    package var lookedFor = 0
    /// What has to be paid at most: for all that is sent again, or may be at fal although it is given up.
    package var cost = Money.zero
    /// Lines that were not selected, and want the same jobs.
    package var elsewhere: [Elsewhere] = []
  }

  /// Lines of a batch that go with others that a person decides about.
  package struct Elsewhere: Sendable, Equatable {
    package let batch: String
    package let lines: Int
    /// The first of them.
    package let first: String
  }

  /// Sends failed, held and doubtful jobs again, each as cheaply as can be.
  ///
  /// Nothing is paid for again before fal has been asked for what there may be: a durable result is only
  /// downloaded, a request that fal has an id for is asked for its result once more, and a submit without
  /// an id is looked for in fal's listing. csmd sends again what comes to nothing there, but for audio
  /// that was here and got lost, which is only fetched. What fal never took is queued.
  ///
  /// - Parameters:
  ///   - price: for what may have to be paid; nil where nobody asks.
  ///   - costMax: what that may be without a person's word on it; nil for anything.
  /// - Throws: `TooDear` where it is more (nothing is changed then), or `TableError`.
  package func retry(
    _ selection: Selection, price: Price? = nil, costMax: Money? = nil, at now: Timestamp
  ) throws -> Decision {
    try write { db in
      var decision = Decision()
      try select(selection, db, &decision)
      let ways = Self.waysToRetry.filter { $0.moves || selection.meansDoubtful }
      if let price { decision.cost = try Self.costOfRetry(ways, price, db) }
      try TooDear.demand(decision.cost, atMost: costMax)
      for way in ways where way.moves {
        try remember(db, now, cause: "retried", to: way.state, where: way.condition)
      }
      for way in ways {
        try db.execute(
          sql: """
            UPDATE job
            SET state = '\(way.state)', \(way.columns), deferrals = 0, cancel_wanted = 0,
              error_class = NULL, error = NULL, updated_at = :now, finished_at = NULL
            WHERE id IN (SELECT id FROM temp.selected) AND \(way.condition)
            """, arguments: StatementArguments(["now": now.milliseconds]))
        decision.moved += db.changesCount
        if way.state == "UNKNOWN" { decision.lookedFor += db.changesCount }
      }
      try Self.holdAgain(db, at: now)
      return decision
    }
  }

  /// What is paid if fal has nothing of what was sent before; a result that is here, and audio that was
  /// here and got lost, are never sent again.
  private static func costOfRetry(
    _ ways: [WayToRetry], _ price: Price, _ db: Database
  ) throws -> Money {
    try ways.filter { $0.mayPay }.reduce(.zero) { sum, way in
      let cost = try Int64.fetchOne(
        db,
        sql: """
          SELECT \(saturatingSum(Price.column))
          FROM job
          WHERE id IN (SELECT id FROM temp.selected) AND \(way.condition)
            AND error_class IS NOT '\(lostAudio)'
          """, arguments: StatementArguments(["price": price.perThousand.microDollars]))
      return sum + Money(microDollars: cost ?? 0)
    }
  }

  /// Where `retry` sends a job.
  private struct WayToRetry {
    let state: String
    /// Which jobs; no two hold for one job, nor for one that was sent on by another.
    let condition: String
    let columns: String
    var moves = true

    /// Whether it may be sent, and paid for, again; what waits in the queue is paid for anyway.
    var mayPay: Bool { state != "COMPLETED" && (state != "QUEUED" || moves) }
  }

  /// One more than the generation, where there is one: csmd holds what is at the end of its range.
  static let nextGeneration = "min(generation, \(Int64.max - 1)) + 1"

  /// Submits that may have been accepted under an id that is not known.
  private static let isLost = """
    (error_class = 'lost_submit' OR error_class = '\(UnreadableRow.kind)' AND EXISTS (
      SELECT 1 FROM submission WHERE job_id = job.id AND request_id IS NULL AND is_settled = 0))
    """

  private static let waysToRetry = [
    WayToRetry(
      state: "COMPLETED", condition: "state = 'HELD' AND result IS NOT NULL",
      columns: FetchedAgain.columns),
    WayToRetry(
      state: "IN_QUEUE",
      condition: "state IN ('FAILED', 'HELD') AND result IS NULL AND request_id IS NOT NULL",
      columns: "\(FetchedAgain.columns), retry_wanted = (error_class <> '\(lostAudio)')"),
    WayToRetry(
      state: "UNKNOWN",
      condition: "state = 'HELD' AND request_id IS NULL AND \(isLost)",
      columns: """
        retry_wanted = 1, unknown_since = :now,
        intent_at = coalesce(
          (SELECT intent_at FROM submission WHERE job_id = job.id AND generation = job.generation),
          :now)
        """),
    WayToRetry(
      state: "UNKNOWN", condition: "state = 'UNKNOWN' AND retry_wanted = 0",
      columns: "retry_wanted = 1", moves: false),
    WayToRetry(
      state: "QUEUED", condition: "state = 'QUEUED' AND waits_for IS NULL AND wake_at > :now",
      columns: "wake_at = :now", moves: false),
    WayToRetry(
      state: "QUEUED",
      condition: """
        (state = 'FAILED' OR state = 'HELD' AND NOT \(isLost))
          AND request_id IS NULL
        """,
      columns: "generation = \(nextGeneration), attempts = 0, wake_at = :now"),
  ]

  /// Cancels jobs: at once where nothing is out, else marked for the daemon, which tells fal; what is in
  /// doubt it gives up, unless fal's listing shows it.
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
          """, arguments: ["now": now.milliseconds])
      decision.moved = db.changesCount
      try Self.releaseAfterSelected(db, at: now)
      try Retirement.dropNeedsOfSelected(db, at: now)
      try db.execute(
        sql: """
          UPDATE job
          SET cancel_wanted = 1, updated_at = :now
          WHERE id IN (SELECT id FROM temp.selected)
            AND state IN \(States.out)
          """, arguments: ["now": now.milliseconds])
      decision.marked = db.changesCount
      // What did not fit may be what is cancelled now.
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

  /// How many selected jobs are in doubt, and what fal may bill for those and for held ones.
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
    return (row?["jobs"] ?? 0, Money(microDollars: row?["cost"] ?? 0))
  }

  private func select(_ selection: Selection, _ db: Database, _ decision: inout Decision) throws {
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

  /// The lines that were not selected and want selected jobs that are cancelled, or are to be; of a job
  /// that is named by its number, all but its first line.
  private static func cancelledElsewhere(
    _ db: Database, _ selection: Selection
  ) throws -> [Elsewhere] {
    let numbers = try selection.resolved(db).jobs + selection.jobs
    // With a single `min`, SQLite takes the other columns from the row that has it.
    let request: SQLRequest<Row> = """
      SELECT batch.name, count(*) AS lines, min(item.id), item.line
      FROM temp.selected
      CROSS JOIN job ON job.id = selected.id AND job.cancel_wanted = 1
      CROSS JOIN batch_item AS item ON item.job_id = job.id
        AND (item.former IS NULL OR item.is_next)
      CROSS JOIN batch ON batch.id = item.batch_id
      WHERE item.id NOT IN (SELECT id FROM temp.selected_line)
        OR (
          job.id IN \(numbers)
          AND item.id > (SELECT min(id) FROM temp.selected_line WHERE job_id = job.id))
      GROUP BY batch.id
      ORDER BY batch.name
      """
    return try request.fetchAll(db).map {
      Elsewhere(batch: $0["name"], lines: $0["lines"], first: $0["line"])
    }
  }

  /// Writes the step into the histories of the selected jobs, before it is made.
  private func remember(
    _ db: Database, _ now: Timestamp, cause: String, to state: String, where condition: String
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO transition (job_id, at, from_state, to_state, generation, cause, request_id)
        SELECT id, :now, state, :state, generation, :cause, request_id
        FROM job
        WHERE id IN (SELECT id FROM temp.selected) AND \(condition)
        """, arguments: ["now": now.milliseconds, "state": state, "cause": cause])
  }
}
