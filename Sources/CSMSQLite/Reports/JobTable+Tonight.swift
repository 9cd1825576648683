import CSMCore
import GRDB

// What the page draws: how far each batch has got, and how the night went.

extension JobTable {
  /// How far a batch has got.
  package struct Bar: Sendable {
    package let batch: String
    package let createdAt: Timestamp
    /// Lines by the state of their job.
    package var lines: [JobState.Name: Int] = [:]

    package var total: Int { lines.values.reduce(0, +) }
  }

  /// All batches, newest first.
  package func bars() throws -> [Bar] {
    try read { db in
      let batches = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT id, name, created_at FROM batch ORDER BY id DESC"))
      let counts = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT batch_id, state, \(Tally.figure("lines")) AS lines
            FROM tally
            WHERE lines <> 0
            UNION ALL
            SELECT item.batch_id, job.state, count(*)
            FROM job INDEXED BY job_state
            CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
            WHERE job.state IN \(States.active) AND item.former IS NULL
            GROUP BY job.state, item.batch_id
            """))
      var lines: [Int64: [JobState.Name: Int]] = [:]
      while let row = try counts.next() {
        let state = JobState.Name(column: row["state"])
        lines[row["batch_id"], default: [:]][state, default: 0] += row["lines"]
      }
      return batches.map { row in
        Bar(
          batch: row["name"], createdAt: row["created_at"], lines: lines[row["id"]] ?? [:])
      }
    }
  }

  /// One interval of a course.
  package struct Interval: Sendable {
    /// Jobs that ended in the interval, and the cost of the submits that left in it.
    package var ended = 0
    package var cost = Money.zero
  }

  /// The course from `start` on, as `parts` intervals of equal length; read from two indices.
  package func course(since start: Timestamp, parts: Int, each: Duration) throws -> [Interval] {
    try read { db in
      var intervals = [Interval](repeating: Interval(), count: parts)
      let width = max(1, each.milliseconds)
      let ended: SQLRequest<Row> = """
        SELECT (finished_at - \(start)) / \(width) AS part, count(*) AS jobs
        FROM job INDEXED BY job_finished
        WHERE finished_at >= \(start)
        GROUP BY 1
        """
      for row in try ended.fetchAll(db) {
        let part: Int = row["part"]
        if intervals.indices.contains(part) { intervals[part].ended = row["jobs"] }
      }
      let costs: SQLRequest<Row> = """
        SELECT (intent_at - \(start)) / \(width) AS part,
          \(sql: saturatingSum("cost")) AS cost
        FROM submission INDEXED BY submission_time
        WHERE intent_at >= \(start)
        GROUP BY 1
        """
      for row in try costs.fetchAll(db) {
        let part: Int = row["part"]
        if intervals.indices.contains(part) {
          intervals[part].cost = row["cost"]
        }
      }
      return intervals
    }
  }

  /// When the first job ended or the first submit left since `moment`; nil if neither happened.
  package func courseStart(since moment: Timestamp) throws -> Timestamp? {
    try read { db in
      try Timestamp.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT min(first)
            FROM (
              SELECT min(finished_at) AS first
              FROM job INDEXED BY job_finished
              WHERE finished_at >= :since
              UNION ALL
              SELECT min(intent_at)
              FROM submission INDEXED BY submission_time
              WHERE intent_at >= :since)
            """), arguments: ["since": moment])
    }
  }

  /// An object that a line, a take or a voice may name.
  package struct ObjectRow: Sendable {
    package let bytes: Int
    package let mediaType: String
  }

  /// An object of this table; nil if it has none with this digest.
  package func object(_ digest: Digest) throws -> ObjectRow? {
    try read { db in
      try Row.fetchOne(
        db.cachedStatement(sql: "SELECT bytes, media_type FROM object WHERE digest = ?"),
        arguments: [digest.data]
      ).map { ObjectRow(bytes: $0["bytes"], mediaType: $0["media_type"]) }
    }
  }
}
