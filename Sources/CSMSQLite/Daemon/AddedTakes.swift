import CSMCore
import GRDB

/// Adds takes to lines whose audio is bad, in the transaction that stores that audio.
struct AddedTakes {
  let now: Timestamp

  private struct Line {
    let item: Int64
    let batch: Int64
    let row: Row
    /// The take that the line shows.
    let shown: LineRow
    let takes: RerollRule.Takes
  }

  /// Considers the lines of a job whose audio was just stored.
  ///
  /// - Returns: whether a take was added.
  func consider(
    _ audio: StoredAudio, of job: Job, _ hearings: inout Hearings, _ db: Database
  ) throws -> Bool {
    guard try mayWantAnother(audio, of: job, &hearings, db) else { return false }
    return try consider(job.id, &hearings, db)
  }

  /// Whether the lines need a closer look.
  ///
  /// They do not if nothing is bad about the audio, and it is their only take.
  private func mayWantAnother(
    _ audio: StoredAudio, of job: Job, _ hearings: inout Hearings, _ db: Database
  ) throws -> Bool {
    let lines = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT item.batch_id, coalesce(item.voice, item.speaker) AS voice,
            EXISTS (SELECT 1 FROM verdict WHERE verdict.job_id = item.job_id)
              OR EXISTS (
                SELECT 1
                FROM batch_item AS take
                WHERE take.batch_id = item.batch_id AND take.line = item.line
                  AND take.former = 'retaken') AS is_judged_by_more
          FROM batch_item AS item
          CROSS JOIN batch ON batch.id = item.batch_id
            AND batch.rerolls > 0 AND batch.rerolls_stopped IS NULL
          WHERE item.job_id = ? AND (item.former IS NULL OR item.former = 'retaken')
          """), arguments: [job.id])
    return try lines.contains { line in
      guard !line["is_judged_by_more"] else { return true }
      var context = try hearings.of(line["batch_id"], db)
        .context(of: job.request.text, by: line["voice"])
      context.turns = job.request.scene.count
      context.milliseconds = audio.durationMilliseconds
      return AudioMark.all(audio.measure, context).contains { $0.check.severity == .bad }
    }
  }

  /// Considers the lines of a job whose audio was just stored or judged.
  ///
  /// - Returns: whether a take was added.
  func consider(_ job: Job.ID, _ hearings: inout Hearings, _ db: Database) throws -> Bool {
    // Lines with the same words share the added take.
    var added: [Job.ID: Job.ID] = [:]
    for row in try Self.lines(of: job, db) {
      guard let line = try line(row, &hearings, db), line.takes.wantAnother,
        try !isStopped(line.batch, &hearings, db)
      else { continue }
      added[line.shown.id] = try add(added[line.shown.id], to: line, db)
    }
    return !added.isEmpty
  }

  /// The lines that show or were offered the job's audio.
  ///
  /// A line that joined its batch, or got its words, when the audio was there already is left out: no
  /// estimate said that it would be paid for again.
  private static func lines(of job: Job.ID, _ db: Database) throws -> [Row] {
    let request = SQLRequest<Row>(
      literal: """
        SELECT item.id AS item, item.batch_id, item.is_pinned, batch.rerolls,
          \(NewTake.columns)
        FROM batch_item AS take
        CROSS JOIN batch ON batch.id = take.batch_id
          AND batch.rerolls > 0 AND batch.rerolls_stopped IS NULL
        CROSS JOIN batch_item AS item
          ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
        CROSS JOIN job ON job.id = item.job_id AND job.state = 'STORED'
        WHERE take.job_id = \(job) AND (take.former IS NULL OR take.former = 'retaken')
          AND NOT EXISTS (
            SELECT 1
            FROM transition
            WHERE job_id = \(job) AND to_state = 'STORED' AND at < item.created_at)
        """, cached: true)
    return try request.fetchAll(db)
  }

  private func line(_ row: Row, _ hearings: inout Hearings, _ db: Database) throws -> Line? {
    let items = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT take.id
          FROM batch_item AS item
          CROSS JOIN batch_item AS take ON \(ShownTake.isTake(of: "item"))
          WHERE item.id = ?
          """), arguments: [row["item"] as Int64])
    let lines = try LineRow.fetch(items, &hearings, db)
    guard let shown = lines[row["item"]] else { return nil }
    let digests = lines.values.compactMap(\.digest)
    var takes = RerollRule.Takes(
      marks: shown.marks, rerolls: lines.values.count(where: \.isReroll),
      rerollsMax: row["rerolls"])
    takes.hasOpen = lines.values.contains { !$0.state.isEnded }
    takes.isPinned = row["is_pinned"]
    takes.isDeclined = lines.values.contains {
      $0.isReroll && $0.state == .cancelled && $0.errorClass != Problem.noMoney
    }
    takes.isCached = Set(digests).count < digests.count
    return Line(
      item: row["item"], batch: row["batch_id"], row: row, shown: shown, takes: takes)
  }

  /// Whether the batch gets no more takes because too many of its lines have the same check.
  private func isStopped(
    _ batch: Int64, _ hearings: inout Hearings, _ db: Database
  ) throws -> Bool {
    let items = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT item.id
          FROM (
            SELECT job_id FROM batch_item
            WHERE batch_id = :batch AND former IS NULL
            ORDER BY job_id LIMIT \(RerollRule.sampleSize)) AS first
          CROSS JOIN job ON job.id = first.job_id AND job.state = 'STORED'
          CROSS JOIN batch_item AS item
            ON item.batch_id = :batch AND item.job_id = first.job_id AND item.former IS NULL
          """), arguments: ["batch": batch])
    let sample = try LineRow.fetch(items, &hearings, db).values.map(\.marks)
    guard let check = RerollRule.commonCheck(in: sample) else { return false }
    try db.execute(
      sql: "UPDATE batch SET rerolls_stopped = ? WHERE id = ?", arguments: [check.rawValue, batch])
    return true
  }

  /// Lists a further take of the line, and makes one unless another line has it already.
  ///
  /// - Returns: nil if the request cannot be read because somebody overwrote the row.
  private func add(_ known: Job.ID?, to line: Line, _ db: Database) throws -> Job.ID? {
    guard var take = try? NewTake(of: line.row) else { return nil }
    take.request = RerollRule.request(for: take.request, after: line.takes)
    // The take may spell the words differently from the author.
    if take.request.text != line.shown.sent {
      try db.execute(
        sql: "UPDATE batch_item SET text = ? WHERE id = ?",
        arguments: [line.shown.text, line.item])
    }
    let job = try known ?? insert(take, db)
    try ShownTake.offer([job], to: line.item, hasAudio: true, db)
    return job
  }

  private func insert(_ take: NewTake, _ db: Database) throws -> Job.ID {
    var take = take
    take.isReroll = true
    let waiting = try Self.waiting(for: take.original, db)
    // A take that others wait for keeps its priority.
    if waiting.isEmpty { take.priority -= RerollRule.priorityStep }
    let job = try take.insert(db, at: now)
    for waiting in waiting { try JobTable.need(job, for: waiting, db) }
    return job
  }

  /// Unsent turns that wait for the job.
  private static func waiting(for job: Job.ID, _ db: Database) throws -> [Job.ID] {
    try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT need.job_id
          FROM job_need AS need
          CROSS JOIN job ON job.id = need.job_id AND +job.waits_for = 'turns'
          WHERE need.needs_id = ?
          """), arguments: [job])
  }
}
