import CSMCore
import GRDB

/// Further takes of a job.
///
/// The context of a turn is built again from the present takes of the turns before it.
struct NewTake {
  /// The job that these are takes of.
  let original: Job.ID
  let endpoint: String
  var request: SpeechRequest
  var priority: Int
  var isReroll = false
  /// New takes of earlier turns that it waits for, by the takes they replace.
  var replaced: [Job.ID: Job.ID] = [:]
  /// The number of the newest take; nil until it is read.
  private var newest: Int?

  /// The columns read from the original.
  static let columns: SQL =
    "job.id, job.endpoint, coalesce(job.template, job.input) AS request, job.priority"

  init(of row: Row) throws {
    original = row["id"]
    endpoint = row["endpoint"]
    request = try SpeechRequest(json: row["request"], job: original)
    priority = row["priority"]
  }

  /// Queues the next take that does not exist yet.
  mutating func insert(_ db: Database, at now: Timestamp) throws -> Job.ID {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO job (
          key, endpoint, input, take, chars, priority, is_reroll, wake_at, created_at, updated_at)
        VALUES (
          :key, :endpoint, :input, :take, :chars, :priority, :is_reroll, :now, :now, :now)
        ON CONFLICT (key) DO NOTHING
        """)
    var take = try newest ?? newestNumber(db)
    repeat {
      take += 1
      try insert.execute(arguments: [
        "key": request.key(endpoint: endpoint, take: take).data, "endpoint": endpoint,
        "input": try request.json(), "take": take, "chars": request.characters,
        "priority": priority, "is_reroll": isReroll, "now": now,
      ])
    } while db.changesCount == 0
    newest = take
    let job = db.lastInsertedRowID
    try JobTable.wait(
      job, like: original, replaced: replaced, for: request, db, at: now)
    return job
  }

  /// The highest number of a take of any line that has the original: they all get the new take.
  private func newestNumber(_ db: Database) throws -> Int {
    let statement = try db.cachedStatement(sql: Self.newestNumber)
    return try Int.fetchOne(statement, arguments: ["job": original]) ?? 0
  }

  static let newestNumber = """
    SELECT max(job.take)
    FROM batch_item AS item
    CROSS JOIN batch_item AS take ON \(ShownTake.isTake(of: "item"))
    CROSS JOIN job ON job.id = take.job_id
    WHERE item.job_id = :job AND (item.former IS NULL OR item.former = 'retaken')
    """
}
