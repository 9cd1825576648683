import CSMCore
import GRDB

// What people ask for: lines, the history of a job, the state of a batch.

extension JobTable {
  /// Hands over the selected lines one by one, in constant memory.
  ///
  /// - Parameters:
  ///   - newestFirst: newest line first; otherwise in the order in which they were added.
  ///   - limit: so many at most; nil for all.
  /// - Returns: how many were handed over.
  @discardableResult
  package func lines(
    _ selection: Selection, newestFirst: Bool, limit: Int?, each: (LineRow) throws -> Void
  ) throws -> Int {
    let order: SQL = newestFirst ? "item.id DESC" : "item.id"
    return try read { db in
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT \(LineRow.columns)
        \(LineRow.source)
        LEFT JOIN object ON object.digest = job.digest
        WHERE \(condition)
        ORDER BY \(order)
        LIMIT \(limit ?? -1)
        """
      let rows = try request.fetchCursor(db)
      var count = 0
      while let row = try rows.next() {
        try each(LineRow(row: row))
        count += 1
      }
      return count
    }
  }

  /// How many lines are selected.
  package func count(_ selection: Selection) throws -> Int {
    try read { db in
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

  /// All takes of the words that a line has now, the first one first.
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
      return try request.fetchAll(db).map(LineRow.init(row:))
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
