import CSMCore
import GRDB

extension JobTable {
  /// Retries failed, held and doubtful jobs, each as cheaply as possible.
  ///
  /// Nothing is paid for again before fal has been asked for what it may have:
  ///
  /// - A durable result is only downloaded.
  /// - A request with an id is asked for its result once more.
  /// - A submit without an id is looked for in fal's listing.
  /// - A job that fal never accepted is queued.
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
            """, arguments: ["now": now])
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
      let cost = try Money.fetchOne(
        db,
        sql: """
          SELECT \(saturatingSum(Price.column))
          FROM job
          WHERE id IN (SELECT id FROM temp.selected) AND \(way.condition)
            AND error_class IS NOT '\(lostAudio)'
          """, arguments: ["price": price.perThousand])
      return sum + (cost ?? .zero)
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
    (error_class = '\(Problem.lostSubmit)' OR error_class = '\(UnreadableRow.kind)' AND EXISTS (
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
}
