import CSMCore
import GRDB

/// Merges the staged lines into the tables: new jobs, and the lines of the batch.
///
/// It takes a few statements over whole sets, whatever the number of lines.
struct Merge {
  let addition: Addition
  let reading: Addition.Reading
  let now: Timestamp

  /// Must run inside a transaction, which is to be rolled back if the summary is refused.
  func run(_ db: Database) throws -> AdditionSummary {
    var summary = AdditionSummary()
    summary.batch = try batchName(db)
    let batch = try openBatch(summary.batch, db)
    summary.strangers = try takeOver(db, batch)
    summary.isRefused = summary.strangers != nil
    guard !summary.isRefused else { return summary }
    let isFirst = try isEmpty(db, batch)
    try Retirement.begin(db)
    try dropFlawed(db, batch, &summary)
    guard !summary.isRefused else { return summary }
    try compare(db, batch, isFirst: isFirst, &summary)
    guard !summary.isRefused else { return summary }
    let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM job") ?? 0
    if summary.changed + summary.added > 0 { try insertJobs(db, after: last, &summary) }
    try settleRerolls(db, batch, after: last, isFirst: isFirst, &summary)
    summary.needsConsent = try consent(db, after: last, &summary)
    summary.isRefused = summary.needsConsent != nil
    guard !summary.isRefused else { return summary }
    try lookAtJobs(db, until: last, &summary)
    try writeLines(db, batch, after: last, isFirst: isFirst, &summary)
    summary.raised = try raise(db)
    try settleBudget(db, batch)
    summary.budget = try JobTable.budgets(db, batch: summary.batch).first
    return summary
  }

  /// Whether the batch has no lines yet.
  private func isEmpty(_ db: Database, _ batch: Int64) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: "SELECT NOT EXISTS (SELECT 1 FROM batch_item WHERE batch_id = ? AND former IS NULL)",
      arguments: [batch]) ?? false
  }

  /// Removes staged lines that cannot be told from others, and repetitions.
  private func dropFlawed(
    _ db: Database, _ batch: Int64, _ summary: inout AdditionSummary
  ) throws {
    summary.lineWidth = try count(db, "SELECT line_width FROM batch WHERE id = \(batch)")
    let hasRepeats = try hasRepeats(db)
    let rejected: Set<String> = if case .partial(let ids) = reading { ids } else { [] }
    if hasRepeats || !rejected.isEmpty {
      summary.conflicting = try dropConflicts(db, with: rejected)
    }
    summary.conflicting += try NameClashes(batch: batch, fileName: addition.fileName).drop(db)
    summary.isRefused = addition.isStrict && !summary.conflicting.isEmpty
    guard !summary.isRefused else { return }
    summary.lines = try count(db, "SELECT count(*) FROM temp.staged")
    if hasRepeats { try dropRepeats(db) }
  }

  /// Finds out which staged lines are new to the batch, and which get other words.
  private func compare(
    _ db: Database, _ batch: Int64, isFirst: Bool, _ summary: inout AdditionSummary
  ) throws {
    guard !isFirst else {
      summary.added = try count(db, "SELECT count(*) FROM temp.staged")
      return
    }
    try match(db, batch, &summary)
    if summary.changed + summary.added > 0, let lost = try move(db, batch) {
      try match(db, batch, &summary)
      summary.reverted += lost
    }
    summary.elsewhere = try elsewhere(db)
    guard summary.changed > 0 else { return }
    summary.otherSource = try otherSource(db)
    if !addition.mayLoseVoices { summary.voiceless = try voiceless(db) }
    summary.isRefused = summary.otherSource != nil || summary.voiceless > 0
  }

  /// Marks the staged lines that the batch already has, and whether their words are the same.
  private func match(
    _ db: Database, _ batch: Int64, _ summary: inout AdditionSummary
  ) throws {
    try db.execute(
      sql: """
        UPDATE temp.staged
        SET (item_id, is_same, is_edited, job_id) = (
          SELECT item.id, item.key = staged.key, item.is_edited,
            iif(item.key = staged.key, item.job_id, NULL)
          FROM batch_item AS item
          WHERE item.batch_id = ? AND item.line = staged.line AND item.former IS NULL)
        """, arguments: [batch])
    let lines = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) FILTER (WHERE is_same) AS unchanged,
          count(*) FILTER (WHERE is_same AND is_edited) AS edited,
          count(*) FILTER (WHERE NOT is_same) AS changed,
          count(*) FILTER (WHERE NOT is_same AND is_edited) AS reverted,
          count(*) FILTER (WHERE item_id IS NULL) AS added
        FROM temp.staged
        """)
    guard let lines else { return }
    summary.unchanged = lines["unchanged"]
    summary.edited = lines["edited"]
    summary.changed = lines["changed"]
    summary.reverted = lines["reverted"]
    summary.added = lines["added"]
  }

  /// - Parameter last: the highest job id before the new ones.
  private func insertJobs(
    _ db: Database, after last: Int64, _ summary: inout AdditionSummary
  ) throws {
    let areCounted = try setAdding(after: last, db)
    try db.execute(
      sql: """
        INSERT INTO job (
          key, endpoint, input, take, chars, priority, wake_at, created_at, updated_at)
        SELECT key, :endpoint, input, take, chars, :priority, :now, :now, :now
        FROM temp.staged
        WHERE is_same IS NOT TRUE
        ORDER BY n
        ON CONFLICT (key) DO NOTHING
        """,
      arguments: [
        "endpoint": addition.endpoint, "priority": addition.priority, "now": now,
      ])
    try setAdding(after: nil, db)
    try chain(db, after: last)
    try db.execute(
      sql: """
        UPDATE temp.staged
        SET job_id = (SELECT id FROM job WHERE key = staged.key)
        WHERE is_same IS NOT TRUE
        """)
    try takeBetter(db, until: last)
    let new = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS jobs, \(saturatingSum("chars")) AS chars,
          \(saturatingSum(Price.column)) AS cost,
          coalesce(sum(min(chars, 1000000000000)), 0) AS counted_chars
        FROM job
        WHERE id > :last
        """, arguments: ["last": last, "price": addition.price.perThousand])
    guard let new else { return }
    summary.queued = new["jobs"]
    summary.characters = new["chars"]
    summary.cost = new["cost"]
    if areCounted {
      try countJobs(db, summary.queued, characters: new["counted_chars"])
    }
  }

  /// Gives lines whose words were spoken again elsewhere the take that the newest line there shows.
  ///
  /// - Parameter last: the highest job id before the new ones.
  private func takeBetter(_ db: Database, until last: Int64) throws {
    try db.execute(
      sql: """
        UPDATE temp.staged
        SET job_id = coalesce((
          SELECT item.job_id
          FROM batch_item AS take
          CROSS JOIN batch_item AS item
            ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
            AND item.key = staged.key AND NOT item.is_edited
          CROSS JOIN job ON job.id = item.job_id AND job.state = 'STORED'
          WHERE take.job_id = staged.job_id AND take.former = 'retaken'
          ORDER BY item.id DESC
          LIMIT 1), job_id)
        WHERE is_same IS NOT TRUE AND job_id <= ?
        """, arguments: [last])
  }

  /// Counts the states of existing jobs that the lines want, and finds the longest lines.
  ///
  /// - Parameter last: the highest job id before the new ones.
  private func lookAtJobs(
    _ db: Database, until last: Int64, _ summary: inout AdditionSummary
  ) throws {
    summary.shared = summary.lines - summary.unchanged - summary.queued
    let known = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(lines) FILTER (WHERE state = 'STORED'), 0) AS stored,
          \(saturatingSum(Price.column, where: "state = 'STORED'")) AS saved,
          coalesce(sum(lines) FILTER (WHERE state = 'CANCELLED'), 0) AS cancelled,
          coalesce(sum(lines) FILTER (WHERE state = 'FAILED'), 0) AS failed,
          coalesce(sum(lines) FILTER (WHERE state = 'HELD'), 0) AS held
        FROM (
          SELECT job_id, count(*) AS lines
          FROM temp.staged
          WHERE job_id <= :last
          GROUP BY job_id) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        """, arguments: ["last": last, "price": addition.price.perThousand])
    summary.stored = known?["stored"] ?? 0
    summary.saved = known?["saved"] ?? .zero
    summary.cancelled = known?["cancelled"] ?? 0
    summary.failed = known?["failed"] ?? 0
    summary.held = known?["held"] ?? 0
    summary.longest = try Row.fetchAll(
      db,
      sql: """
        SELECT line, chars FROM temp.staged WHERE is_same IS NOT TRUE ORDER BY chars DESC, n LIMIT 3
        """
    ).map { AdditionSummary.LongLine(id: $0["line"], characters: $0["chars"]) }
  }

  func count(_ db: Database, _ sql: String) throws -> Int {
    try Int.fetchOne(db, sql: sql) ?? 0
  }
}
