import CSMCore
import GRDB

/// Further takes of a job that are to be spoken.
///
/// A turn that heard others is asked for as it was at first, with the turns before it as they are by now.
struct NewTake {
  /// The job of which they are takes.
  let original: Job.ID
  let endpoint: String
  var request: SpeechRequest
  var priority: Int
  var isReroll = false
  /// New takes of turns before it, by earlier ones, for which it waits.
  var replaced: [Job.ID: Job.ID] = [:]
  /// The newest take that the line has.
  private var take: Int

  /// What is read of the original and its line.
  static let columns: SQL = """
    job.id, job.endpoint, coalesce(job.template, job.input) AS request, job.priority,
    (
      SELECT max(other.take)
      FROM batch_item AS take
      CROSS JOIN job AS other ON other.id = take.job_id
      WHERE take.batch_id = item.batch_id AND take.line = item.line
        AND (take.former IS NULL OR take.former = 'retaken')) AS newest_take
    """

  init(of row: Row) throws {
    original = row["id"]
    endpoint = row["endpoint"]
    request = try SpeechRequest(json: row["request"], job: original)
    priority = row["priority"]
    take = row["newest_take"]
  }

  /// Queues the next take that nobody has yet.
  mutating func insert(_ db: Database, at now: Timestamp) throws -> Job.ID {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO job (
          key, endpoint, input, take, chars, priority, is_reroll, wake_at, created_at, updated_at)
        VALUES (
          :key, :endpoint, :input, :take, :chars, :priority, :is_reroll, :now, :now, :now)
        ON CONFLICT (key) DO NOTHING
        """)
    repeat {
      take += 1
      try insert.execute(arguments: [
        "key": request.key(endpoint: endpoint, take: take).data, "endpoint": endpoint,
        "input": try request.json(), "take": take, "chars": request.characters,
        "priority": priority, "is_reroll": isReroll, "now": now.milliseconds,
      ])
    } while db.changesCount == 0
    let job = db.lastInsertedRowID
    try JobTable.wait(
      job, like: original, replaced: replaced, for: request, db, at: now)
    return job
  }
}
