import CSMCore
import GRDB

// What people ask for: lines, the history of a job, the state of a batch.

extension JobTable {
  /// Hands over the selected lines one by one, in constant memory.
  ///
  /// Which lines they are is decided at once, and no transaction is open while `each` runs: a reader
  /// who pauses in a pager would else keep the write-ahead log from being emptied.
  ///
  /// - Parameters:
  ///   - newestFirst: newest line first; otherwise in the order in which they were added.
  ///   - limit: so many at most; nil for all.
  /// - Returns: how many were handed over.
  @discardableResult
  package func lines(
    _ selection: Selection, newestFirst: Bool, limit: Int?, each: (LineRow) throws -> Void
  ) throws -> Int {
    let total = try choose(selection, newestFirst: newestFirst, limit: limit)
    for start in stride(from: 0, to: total, by: Self.pageSize) {
      for line in try page(after: start) { try each(line) }
    }
    return total
  }

  private static let pageSize = 500

  /// Writes down which lines are meant, in a table of this connection's own.
  private func choose(_ selection: Selection, newestFirst: Bool, limit: Int?) throws -> Int {
    let order: SQL = newestFirst ? "item.id DESC" : "item.id"
    return try translated {
      try queue.unsafeRead { db in
        try db.execute(
          sql: """
            DROP TABLE IF EXISTS temp.chosen;
            CREATE TEMP TABLE chosen (n INTEGER PRIMARY KEY, item_id INTEGER NOT NULL);
            """)
        try db.execute(
          literal: """
            INSERT INTO temp.chosen (item_id)
            SELECT item.id
            \(LineRow.source)
            WHERE \(selection.condition())
            ORDER BY \(order)
            LIMIT \(limit ?? -1)
            """)
        return db.changesCount
      }
    }
  }

  private func page(after start: Int) throws -> [LineRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(LineRow.columns)
        \(LineRow.source)
        JOIN temp.chosen ON chosen.item_id = item.id
        LEFT JOIN object ON object.digest = job.digest
        WHERE chosen.n > \(start) AND chosen.n <= \(start + Self.pageSize)
        ORDER BY chosen.n
        """
      return try request.fetchAll(db).map(LineRow.init(row:))
    }
  }

  /// How many lines are selected.
  package func count(_ selection: Selection) throws -> Int {
    try read { db in
      let request: SQLRequest<Int> = """
        SELECT count(*) \(LineRow.source) WHERE \(selection.condition())
        """
      return try request.fetchOne(db) ?? 0
    }
  }

  /// One step in the history of a job.
  package struct Step: Sendable {
    package let at: Timestamp
    package let from: String
    package let to: String
    package let cause: String
    package let requestID: String?
    package let errorClass: String?
    package let error: String?
  }

  /// All steps of a job, oldest first.
  package func history(of job: Job.ID) throws -> [Step] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT at, from_state, to_state, cause, request_id, error_class, error
          FROM transition
          WHERE job_id = ?
          ORDER BY id
          """, arguments: [job]
      ).map { row in
        Step(
          at: Timestamp(milliseconds: row["at"]), from: row["from_state"], to: row["to_state"],
          cause: row["cause"], requestID: row["request_id"], errorClass: row["error_class"],
          error: row["error"])
      }
    }
  }

  /// Where a batch, or everything, stands: figures counted from the rows.
  package struct Standing: Sendable {
    /// Lines by the state of their job.
    package var lines: [JobState.Name: Int] = [:]
    /// Characters of jobs that are not ended.
    package var charactersLeft = 0
    /// What all submits cost so far.
    package var cost = Money.zero
    /// Jobs that ended since the moment asked about, or since the open work was added if that was
    /// later, and when the first of them did.
    package var finishedLately = 0
    package var firstFinishedLately: Timestamp?
    /// When the oldest job that is not ended was added.
    package var oldestOpen: Timestamp?
    package var gates: [Gate] = []
  }

  /// Where the batch, or everything, stands.
  ///
  /// - Parameter lately: since when ended jobs are counted as lately.
  package func standing(batch: String?, lately: Timestamp) throws -> Standing {
    try read { db in
      var standing = Standing()
      standing.gates = try Self.gates(db)
      let isWanted: SQL =
        batch.map { "batch_id = (SELECT id FROM batch WHERE name = \($0))" } ?? "true"
      // Each job counts once, but for its lines. The joins go from the lines to the jobs, so that a
      // small batch is quick in a large table.
      let byState: SQLRequest<Row> = """
        SELECT job.state, sum(wanted.lines) AS lines, sum(job.chars) AS chars,
          min(job.created_at) AS oldest
        FROM (
          SELECT job_id, count(*) AS lines FROM batch_item WHERE \(isWanted) GROUP BY job_id
        ) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        GROUP BY job.state
        """
      for row in try byState.fetchAll(db) {
        guard let state = JobState.Name(rawValue: row["state"]) else { continue }
        standing.lines[state] = row["lines"]
        guard !state.isEnded else { continue }
        standing.charactersLeft += row["chars"]
        let oldest = Timestamp(milliseconds: row["oldest"])
        standing.oldestOpen = standing.oldestOpen.map { min($0, oldest) } ?? oldest
      }
      let cost: SQLRequest<Int64> =
        batch == nil
        ? "SELECT coalesce(sum(cost), 0) FROM submission"
        : """
        SELECT coalesce(sum(cost), 0)
        FROM (SELECT DISTINCT job_id FROM batch_item WHERE \(isWanted)) AS wanted
        CROSS JOIN submission ON submission.job_id = wanted.job_id
        """
      standing.cost = Money(microDollars: try cost.fetchOne(db) ?? 0)
      // What ended before the open work was added says nothing about its pace.
      let begin = max(lately, standing.oldestOpen ?? lately)
      let finished: SQLRequest<Row> = """
        SELECT count(*) AS jobs, min(finished_at) AS first
        FROM job
        WHERE finished_at >= \(begin.milliseconds)
          AND EXISTS (SELECT 1 FROM batch_item WHERE \(isWanted) AND job_id = job.id)
        """
      if let row = try finished.fetchOne(db) {
        standing.finishedLately = row["jobs"]
        standing.firstFinishedLately = (row["first"] as Int64?).map(Timestamp.init(milliseconds:))
      }
      return standing
    }
  }

  /// Jobs by state: what decides whether the work is over.
  package func jobCounts() throws -> [JobState.Name: Int] {
    try read { db in
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT state, count(*) AS jobs FROM job GROUP BY state"))
      return Dictionary(
        rows.compactMap { row in
          JobState.Name(rawValue: row["state"]).map { ($0, row["jobs"] as Int) }
        }, uniquingKeysWith: +)
    }
  }

  /// The names of the batches with lines of a job.
  package func batches(of job: Job.ID) throws -> [String] {
    try read { db in
      try String.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT DISTINCT batch.name
            FROM batch_item JOIN batch ON batch.id = batch_item.batch_id
            WHERE batch_item.job_id = ?
            """), arguments: [job])
    }
  }

  /// Whether a batch of this name exists.
  package func hasBatch(_ name: String) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE name = ?)", arguments: [name]) ?? false
    }
  }
}
