import CSMCore
import GRDB

// Retrying and cancelling. Jobs that the daemon works on are only marked; the daemon moves them.

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
  }

  /// Retries failed, held and doubtful jobs, each as cheaply as possible.
  ///
  /// Nothing is paid for again before fal has been asked for what it may have:
  ///
  /// - A durable result is only downloaded.
  /// - A request with an id is asked for its result once more.
  /// - A submit without an id is looked for in fal's listing.
  /// - A job that fal never took is queued.
  ///
  /// If fal has nothing, csmd sends the job again. The exception is stored audio that got lost, which is
  /// only ever downloaded again.
  ///
  /// - Parameters:
  ///   - price: to compute what may have to be paid; nil to skip that.
  ///   - costMax: the highest cost that needs no consent; nil for no limit.
  /// - Throws: `TooDear` if it costs more (then nothing is changed), or `TableError`.
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

  /// The cost if fal has nothing of what was sent.
  ///
  /// A durable result and lost audio are never sent again, so they cost nothing.
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

  /// A target state of `retry`.
  private struct WayToRetry {
    let state: String
    /// SQL that selects the jobs; no two conditions match the same job, even after it has moved.
    let condition: String
    let columns: String
    var moves = true

    /// Whether this may cost a further submit; jobs that are queued anyway do not count.
    var mayPay: Bool { state != "COMPLETED" && (state != "QUEUED" || moves) }
  }

  /// The next generation, without overflow; csmd holds jobs at the end of the range.
  static let nextGeneration = "min(generation, \(Int64.max - 1)) + 1"

  /// Submits that fal may have accepted under an unknown id.
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

  /// Unselected lines that share jobs which are cancelled, or will be.
  ///
  /// For a job selected by its number, these are all its lines but the first.
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

  /// Writes the step into the histories of the selected jobs, before the step is made.
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
