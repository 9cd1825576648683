import CSMCore
import GRDB

// Lists: lines, the history of a job, the names of batches.

extension JobTable {
  /// Passes the selected lines to `each` one by one, in constant memory.
  ///
  /// The selection is fixed at the beginning. No transaction is open while `each` runs: a reader who
  /// pauses in a pager must not keep the write-ahead log from being emptied.
  ///
  /// - Parameters:
  ///   - offset: how many lines to skip.
  ///   - limit: the most lines to pass; nil for all.
  /// - Returns: the number of lines passed.
  @discardableResult
  package func lines(
    _ selection: Selection, in order: LineOrder, offset: Int = 0, limit: Int?,
    each: (LineRow) throws -> Void
  ) throws -> Int {
    let total = try choose(selection, in: order, offset: offset, limit: limit)
    var hearings = Hearings()
    for start in stride(from: 0, to: total, by: Self.pageSize) {
      try read { try Self.page($0, after: start, &hearings) }.forEach(each)
    }
    return total
  }

  static let pageSize = 500

  /// Stores the selection in a temporary table of this connection.
  func choose(
    _ selection: Selection, in order: LineOrder, offset: Int, limit: Int?
  ) throws -> Int {
    try translated {
      try queue.unsafeRead { db in
        try db.execute(
          sql: """
            DROP TABLE IF EXISTS temp.chosen;
            CREATE TEMP TABLE chosen (n INTEGER PRIMARY KEY, item_id INTEGER NOT NULL);
            """)
        let condition = try selection.condition(db)
        let source = try order.key == .batch ? selection.source(db) : LineRow.source
        try db.execute(
          literal: """
            INSERT INTO temp.chosen (item_id)
            SELECT item.id
            \(source)
            WHERE \(condition)
            ORDER BY \(order.terms)
            LIMIT \(limit ?? -1) OFFSET \(offset)
            """)
        return db.changesCount
      }
    }
  }

  static func page(
    _ db: Database, after start: Int, _ hearings: inout Hearings
  ) throws -> [LineRow] {
    let request: SQLRequest<Row> = """
      SELECT \(LineRow.columns)
      \(LineRow.source)
      JOIN temp.chosen ON chosen.item_id = item.id
      LEFT JOIN object ON object.digest = job.digest
      WHERE chosen.n > \(start) AND chosen.n <= \(start + Self.pageSize)
      ORDER BY chosen.n
      """
    // Rows are converted one by one: a stored row compares the names of all columns at each access.
    let rows = try request.fetchCursor(db)
    var lines: [LineRow] = []
    while let row = try rows.next() { lines.append(try LineRow(row: row, &hearings, db)) }
    return lines
  }

  /// The number of selected lines.
  package func count(_ selection: Selection) throws -> Int {
    try read { db in
      if selection.isCounted {
        let states = selection.states
        return try Tally(db, of: Self.isIn(batch: selection.batch, db)).lines
          .reduce(0) { states.isEmpty || states.contains($1.key) ? $0 + $1.value : $0 }
      }
      let condition = try selection.condition(db)
      let request: SQLRequest<Int> = """
        SELECT count(*) \(LineRow.source) WHERE \(condition)
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
      // Only the first step that knows a request's id has it written; it holds until the job is sent
      // again.
      var known: String?
      return try Row.fetchAll(
        db,
        sql: """
          SELECT at, from_state, to_state, cause, request_id, error_class, error
          FROM transition
          WHERE job_id = ?
          ORDER BY id
          """, arguments: [job]
      ).map { row in
        let to: String = row["to_state"]
        let isUnsent = ["QUEUED", "SUBMITTING", "UNKNOWN"].contains(to)
        let requestID: String? = row["request_id"] ?? (isUnsent ? nil : known)
        known = isUnsent ? nil : requestID
        return Step(
          at: row["at"], from: row["from_state"], to: to,
          cause: row["cause"], requestID: requestID, errorClass: row["error_class"],
          error: row["error"])
      }
    }
  }

  /// All takes of a line's present words, first take first.
  package func takes(of line: LineRow) throws -> [LineRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(LineRow.columns)
        \(LineRow.source)
        LEFT JOIN object ON object.digest = job.digest
        WHERE batch.name = \(line.batch) AND item.line = \(line.line)
          AND (item.former IS NULL OR item.former = 'retaken')
        ORDER BY job.take
        """
      var hearings = Hearings()
      return try request.fetchAll(db).map { try LineRow(row: $0, &hearings, db) }
    }
  }

  /// What a job is for: its first line in each batch, as `batch:line`, and the batches.
  package struct JobName: Sendable, Equatable {
    package var lines: [String] = []
    package var batches: [String] = []

    package init() {}
  }

  /// What these jobs are for.
  package func names(of jobs: some Sequence<Job.ID>) throws -> [Job.ID: JobName] {
    try read { db in
      // With a single `min`, SQLite takes the other columns from the row that has it.
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT item.job_id, batch.name, item.line, min(item.id)
            FROM json_each(?) AS job
            CROSS JOIN batch_item AS item ON item.job_id = job.value
            CROSS JOIN batch ON batch.id = item.batch_id
            GROUP BY item.job_id, batch.id
            """),
        arguments: ["[\(jobs.map(String.init).joined(separator: ","))]"])
      var names: [Job.ID: JobName] = [:]
      while let row = try rows.next() {
        let (batch, line): (String, String) = (row[1], row[2])
        names[row[0], default: JobName()].batches.append(batch)
        names[row[0], default: JobName()].lines.append("\(batch):\(line)")
      }
      return names
    }
  }

  /// The names of all batches, newest first.
  package func batchNames() throws -> [String] {
    try read { try String.fetchAll($0, sql: "SELECT name FROM batch ORDER BY id DESC") }
  }

  /// Whether a batch of this name exists.
  package func hasBatch(_ name: String) throws -> Bool {
    try read { try Self.hasBatch($0, name) }
  }

  static func hasBatch(_ db: Database, _ name: String) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE name = ?)", arguments: [name]) ?? false
  }
}
