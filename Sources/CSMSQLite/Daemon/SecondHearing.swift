import CSMCore
import GRDB

/// Judges the audio of a batch once more, when all of it has come.
///
/// The first lines are judged before the pace of their voice is known, and the length at which the model
/// cuts off. Lines that turn out to be bad show a better take that they have, or get another one, by the
/// same rules as before.
///
/// The batch's row says whether it is due, so a crash only repeats it.
package struct SecondHearing: Sendable {
  let batch: Int64
  /// The number of jobs with audio when it began.
  private let stored: Int
  /// The last job judged.
  private var last: Job.ID = 0
  package private(set) var isOver = false
  private var hearings = Hearings()

  /// The jobs judged in one go: some 20 ms.
  private static let page = 200

  fileprivate init(_ row: Row) {
    batch = row["id"]
    stored = row["stored"]
  }

  private static let stored = """
    (
      SELECT \(Tally.figure("total(jobs)"))
      FROM tally
      WHERE batch_id = batch.id AND state = 'STORED')
    """

  /// Whether a row of `batch` is due: nothing of it is on its way, and a tenth of its audio is new.
  private static let isDue = """
    batch.rerolls > 0 AND batch.rerolls_stopped IS NULL
      AND \(stored) * 10 > batch.heard_jobs * 11
      AND NOT EXISTS (
        SELECT 1
        FROM tally
        WHERE batch_id = batch.id AND state = 'QUEUED' AND waits_for <> 'budget' AND jobs > 0)
      AND NOT EXISTS (
        SELECT 1
        FROM job INDEXED BY job_state
        CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
        WHERE job.state IN \(States.active) AND item.batch_id = batch.id)
    """

  fileprivate static func find(of jobs: [Job.ID]?, _ db: Database) throws -> Self? {
    let batches =
      jobs == nil
      ? "SELECT id FROM batch"
      : "SELECT batch_id FROM batch_item WHERE job_id IN (SELECT value FROM json_each(?))"
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, \(stored) AS stored
        FROM batch
        WHERE id IN (\(batches)) AND \(isDue)
        LIMIT 1
        """)
    let arguments: StatementArguments = jobs.map { ["\($0)"] } ?? []
    return try Row.fetchOne(statement, arguments: arguments).map(Self.init)
  }

  /// Whether it is due for a batch, or for any if the name is nil.
  static func isDue(in batch: String?, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM batch WHERE (:batch IS NULL OR name = :batch) AND \(isDue))
          """), arguments: ["batch": batch]) ?? false
  }

  /// Judges the next jobs.
  ///
  /// - Returns: the jobs whose audio is bad.
  fileprivate mutating func nextBad(_ db: Database) throws -> [Job.ID] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT item.id, item.job_id
          FROM batch_item AS item INDEXED BY batch_item_batch
          CROSS JOIN job ON job.id = item.job_id AND job.state = 'STORED'
          WHERE item.batch_id = ? AND item.job_id > ? AND item.former IS NULL
          ORDER BY item.job_id
          LIMIT ?
          """), arguments: [batch, last, Self.page])
    let lines = try LineRow.fetch(rows.map { $0["id"] }, &hearings, db)
    last = rows.last?["job_id"] ?? last
    isOver = rows.count < Self.page
    let bad = lines.values.filter { $0.marks.contains { $0.check.severity == .bad } }
    return Set(bad.map(\.id)).sorted()
  }

  fileprivate mutating func addTakes(
    after bad: [Job.ID], _ db: Database, at now: Timestamp
  ) throws -> Bool {
    var hasAdded = false
    for job in bad {
      try ShownTake.review(job, &hearings, db)
      if try AddedTakes(now: now).consider(job, &hearings, db) { hasAdded = true }
    }
    if isOver {
      try db.execute(
        sql: "UPDATE batch SET heard_jobs = ? WHERE id = ?", arguments: [stored, batch])
    }
    return hasAdded
  }
}

extension JobTable {
  /// The second hearing of a batch for which it is due; nil if there is none.
  ///
  /// - Parameter jobs: looks only at the batches of these jobs; nil for all batches.
  package func secondHearing(of jobs: [Job.ID]? = nil) throws -> SecondHearing? {
    try read { try SecondHearing.find(of: jobs, $0) }
  }

  /// Judges the next jobs of a batch and adds takes of those that are bad; durable on return.
  ///
  /// - Returns: whether a take was added.
  package func hear(_ hearing: inout SecondHearing, at now: Timestamp) throws -> Bool {
    var next = hearing
    let bad = try read { try next.nextBad($0) }
    var hasAdded = false
    if next.isOver || !bad.isEmpty {
      hasAdded = try write { try next.addTakes(after: bad, $0, at: now) }
    }
    hearing = next
    return hasAdded
  }
}
