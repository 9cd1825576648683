import CSMCore
import GRDB

// New takes of lines: their words spoken once more, beside what is there.

extension JobTable {
  /// What speaking lines again came to.
  package struct Rerolling: Sendable, Equatable {
    /// Lines that were selected.
    package var selected = 0
    /// Those of them that have not ended yet: nothing to be spoken again.
    package var open = 0
    /// Those that are held while other turns wait for their audio: `retry` or `cancel` is to be said first.
    package var needed = 0
    /// Lines with new takes.
    package var lines = 0
    /// New jobs, their characters, and what they cost.
    package var queued = 0
    package var characters = 0
    package var cost = Money.zero
  }

  /// Queues new takes of the selected lines that have ended; durable on return.
  ///
  /// The lines are their newest takes from then on, and the earlier ones are kept.
  ///
  /// - Parameters:
  ///   - takes: so many new takes of each line.
  ///   - key: the key of a job with this request, for this endpoint and take.
  package func reroll(
    _ selection: Selection, takes: Int, price: Price, at now: Timestamp,
    key: (SpeechRequest, String, Int) -> Digest
  ) throws -> Rerolling {
    try write { db in
      var rerolling = Rerolling()
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS item, job.id, job.endpoint, job.input, job.take, job.chars, job.priority,
          job.state IN ('STORED', 'FAILED', 'CANCELLED', 'HELD') AS is_ended,
          job.state = 'HELD' AND EXISTS (
            SELECT 1
            FROM job_need
            CROSS JOIN job AS next ON next.id = job_need.job_id
            WHERE job_need.needs_id = job.id AND next.waits_for = 'turns') AS is_needed
        \(LineRow.source)
        WHERE item.former IS NULL AND \(condition)
        ORDER BY item.id
        """
      let rows = try request.fetchAll(db)
      rerolling.selected = rows.count
      // Lines with the same words follow together.
      var newest: [Job.ID: [Job.ID]] = [:]
      for row in rows {
        guard row["is_ended"] else {
          rerolling.open += 1
          continue
        }
        guard !row["is_needed"] else {
          rerolling.needed += 1
          continue
        }
        let old: Job.ID = row["id"]
        let jobs =
          try newest[old] ?? Self.insertTakes(takes, of: row, price, &rerolling, db, now, key)
        newest[old] = jobs
        try Self.point(row["item"], to: jobs, db)
        rerolling.lines += 1
      }
      return rerolling
    }
  }

  /// Makes jobs of the takes that nobody has yet.
  private static func insertTakes(
    _ count: Int, of row: Row, _ price: Price, _ rerolling: inout Rerolling, _ db: Database,
    _ now: Timestamp, _ key: (SpeechRequest, String, Int) -> Digest
  ) throws -> [Job.ID] {
    let request = try SpeechRequest(json: row["input"], job: row["id"])
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO job (
          key, endpoint, input, take, chars, priority, wake_at, created_at, updated_at)
        VALUES (:key, :endpoint, :input, :take, :chars, :priority, :now, :now, :now)
        ON CONFLICT (key) DO NOTHING
        """)
    var jobs: [Job.ID] = []
    var take: Int = row["take"]
    while jobs.count < count {
      take += 1
      try insert.execute(arguments: [
        "key": key(request, row["endpoint"], take).data, "endpoint": row["endpoint"] as String,
        "input": row["input"] as String, "take": take, "chars": row["chars"] as Int,
        "priority": row["priority"] as Int, "now": now.milliseconds,
      ])
      guard db.changesCount == 1 else { continue }
      let job = db.lastInsertedRowID
      jobs.append(job)
      try wait(job, like: row["id"], for: request, db, at: now)
    }
    rerolling.queued += count
    rerolling.characters += count * request.characters
    for _ in jobs { rerolling.cost = rerolling.cost + price.of(characters: request.characters) }
    return jobs
  }

  /// Makes the last of the jobs what the line is now; what it was, and the others, are listed as takes.
  private static func point(_ item: Int64, to jobs: [Job.ID], _ db: Database) throws {
    guard let last = jobs.last else { return }
    let copy = try db.cachedStatement(
      sql: """
        INSERT INTO batch_item (
          batch_id, line, is_numbered, former, job_id, key, is_edited, text, source_file,
          source_line, meta, speaker, voice, scene, turn, added_by, added_uid, created_at)
        SELECT batch_id, line, is_numbered, 'retaken', coalesce(:job, job_id), key, is_edited, text,
          source_file, source_line, meta, speaker, voice, scene, turn, added_by, added_uid,
          created_at
        FROM batch_item
        WHERE id = :item
        """)
    for job in [nil] + jobs.dropLast().map(Optional.some) {
      try copy.execute(arguments: ["item": item, "job": job])
    }
    try db.execute(
      sql: "UPDATE batch_item SET job_id = ? WHERE id = ?", arguments: [last, item])
  }
}
