import CSMCore
import GRDB

/// Merges the staged lines into the tables: new jobs, and the lines of the batch.
///
/// It takes a few statements over whole sets, whatever the number of lines.
struct Merge {
  let addition: Addition
  let reading: Addition.Reading
  let now: Timestamp

  /// Must run inside a transaction.
  func run(_ db: Database) throws -> AdditionSummary {
    let name = try batchName(db)
    let batch = try openBatch(name, db)
    let strangers = try takeOver(db, batch)
    let isFirst = try isEmpty(db, batch)
    var summary = AdditionSummary()
    summary.batch = name
    summary.strangers = strangers
    summary.isRefused = strangers != nil
    guard !summary.isRefused else { return summary }
    summary.lineWidth = try count(db, "SELECT line_width FROM batch WHERE id = \(batch)")
    let hasRepeats = try hasRepeats(db)
    let rejected: Set<String> = if case .partial(let ids) = reading { ids } else { [] }
    if hasRepeats || !rejected.isEmpty {
      summary.conflicting = try dropConflicts(db, with: rejected)
    }
    summary.conflicting += try NameClashes(batch: batch, fileName: addition.fileName).drop(db)
    summary.isRefused = addition.isStrict && !summary.conflicting.isEmpty
    guard !summary.isRefused else { return summary }
    summary.lines = try count(db, "SELECT count(*) FROM temp.staged")
    if hasRepeats { try dropRepeats(db) }
    if isFirst {
      summary.added = try count(db, "SELECT count(*) FROM temp.staged")
    } else {
      try compare(db, batch, &summary)
      summary.elsewhere = try elsewhere(db)
    }
    if summary.changed > 0 {
      summary.otherSource = try otherSource(db)
      if !addition.mayLoseVoices { summary.voiceless = try voiceless(db) }
    }
    summary.isRefused = summary.otherSource != nil || summary.voiceless > 0
    guard !summary.isRefused else { return summary }
    try Retirement.begin(db)
    let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM job") ?? 0
    if summary.changed + summary.added > 0 { try insertJobs(db, after: last, &summary) }
    try settleRerolls(db, batch, isFirst: isFirst, &summary)
    summary.needsConsent = try consent(db, after: last, &summary)
    summary.isRefused = summary.needsConsent != nil
    guard !summary.isRefused else { return summary }
    summary.shared = summary.lines - summary.unchanged - summary.queued
    try lookAtJobs(db, until: last, &summary)
    if summary.unchanged > 0 { try renewUnchanged(db) }
    if summary.changed > 0 { try change(db, batch) }
    if summary.added > 0 { try insertItems(db, batch, after: last, summary) }
    if summary.changed + summary.added > 0 { try Retirement.forgetReturned(db, batch) }
    // Only a file that was read completely shows which lines are gone.
    if reading == .whole, summary.conflicting.isEmpty {
      try prune(db, batch, isFirst: isFirst, &summary)
    }
    try Retirement.dropOrphans(db, at: now)
    summary.raised = try raise(db)
    try settleBudget(db, batch)
    summary.budget = try JobTable.budgets(db, batch: name).first
    return summary
  }

  /// Whether the batch has no lines yet.
  private func isEmpty(_ db: Database, _ batch: Int64) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: "SELECT NOT EXISTS (SELECT 1 FROM batch_item WHERE batch_id = ? AND former IS NULL)",
      arguments: [batch]) ?? false
  }

  /// Marks the staged lines that the batch already has, and whether their words are the same.
  private func compare(
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

  /// Counts the states of existing jobs that the lines want, and finds the longest lines.
  ///
  /// - Parameter last: the highest job id before the new ones.
  private func lookAtJobs(
    _ db: Database, until last: Int64, _ summary: inout AdditionSummary
  ) throws {
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

  /// Updates the metadata and positions of unchanged lines, but only of lines of this file.
  private func renewUnchanged(_ db: Database) throws {
    try db.execute(
      sql: """
        UPDATE batch_item
        SET text = iif(batch_item.is_edited, batch_item.text, staged.text), meta = staged.meta,
          is_numbered = staged.is_numbered, source_line = staged.source_line,
          speaker = staged.speaker, voice = staged.voice, scene = staged.scene, turn = staged.turn
        FROM temp.staged
        WHERE staged.is_same AND batch_item.id = staged.item_id AND batch_item.source_file = :file
          AND (batch_item.source_line <> staged.source_line
            OR batch_item.is_numbered <> staged.is_numbered
            OR (batch_item.text IS NOT staged.text AND NOT batch_item.is_edited)
            OR batch_item.meta IS NOT staged.meta OR batch_item.speaker IS NOT staged.speaker
            OR batch_item.voice IS NOT staged.voice OR batch_item.scene IS NOT staged.scene
            OR batch_item.turn IS NOT staged.turn)
        """, arguments: ["file": addition.sourceFile])
  }

  /// Gives changed lines their new words; what was sent of the old ones stays listed.
  private func change(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO temp.retired (id) SELECT item_id FROM temp.staged WHERE NOT is_same
        """)
    try Retirement.retire(db, because: .edited)
    try db.execute(
      sql: """
        UPDATE batch_item
        SET job_id = staged.job_id, key = staged.key, is_edited = 0, text = staged.text,
          is_pinned = 0, accepted = NULL, meta = staged.meta, is_numbered = staged.is_numbered, source_file = :file,
          source_line = staged.source_line, speaker = staged.speaker, voice = staged.voice,
          scene = staged.scene, turn = staged.turn, added_by = :author, added_uid = :uid
        FROM temp.staged
        WHERE NOT staged.is_same AND batch_item.id = staged.item_id
        """,
      arguments: [
        "file": addition.sourceFile, "author": addition.author?.name,
        "uid": addition.author?.uid,
      ])
  }

  /// - Parameter last: the highest job id before the new ones.
  private func insertItems(
    _ db: Database, _ batch: Int64, after last: Int64, _ summary: AdditionSummary
  ) throws {
    // If all new jobs belong to new lines and wait for nothing, their counts are known.
    let hasChains = try count(db, "SELECT EXISTS (SELECT 1 FROM temp.staged_need)") > 0
    let areCounted = try summary.changed == 0 && !hasChains && setAdding(after: last, db)
    try db.execute(
      sql: """
        INSERT INTO batch_item (
          batch_id, line, is_numbered, job_id, key, text, source_file, source_line, meta, speaker,
          voice, scene, turn, added_by, added_uid, created_at)
        SELECT :batch, line, is_numbered, job_id, key, text, :file, source_line, meta, speaker,
          voice, scene, turn, :author, :uid, :now
        FROM temp.staged
        WHERE item_id IS NULL
        ORDER BY n
        """,
      arguments: [
        "batch": batch, "file": addition.sourceFile, "now": now,
        "author": addition.author?.name, "uid": addition.author?.uid,
      ])
    guard areCounted else { return }
    try setAdding(after: nil, db)
    try countLines(db, batch, after: last)
  }

  /// Counts lines missing from the file, and removes them if wanted.
  ///
  /// Lines that were never sent leave nothing behind; the others stay listed.
  private func prune(
    _ db: Database, _ batch: Int64, isFirst: Bool, _ summary: inout AdditionSummary
  ) throws {
    // A stream is a new source each time, and an empty file says nothing about its lines.
    guard !addition.isStream, summary.lines > 0 else { return }
    summary.gone = 0
    guard !isFirst else { return }
    try db.execute(
      sql: """
        DELETE FROM temp.retired;
        INSERT INTO temp.retired (id)
        SELECT id
        FROM batch_item AS item
        WHERE item.batch_id = :batch AND item.former IS NULL AND item.source_file = :file
          AND NOT EXISTS (SELECT 1 FROM temp.staged WHERE staged.line = item.line)
        """, arguments: ["batch": batch, "file": addition.sourceFile])
    let gone = db.changesCount
    summary.gone = gone
    guard addition.isPruning else { return }
    try Retirement.retire(db, because: .gone)
    summary.pruned = gone
  }

  /// Raises the priority of queued jobs to that of this addition.
  private func raise(_ db: Database) throws -> Int {
    // The lowest priority in the queue and among jobs that wait outside it.
    let lowest = try Int.fetchOne(
      db,
      sql: """
        SELECT min(priority) FROM (
          SELECT min(priority) AS priority
          FROM job INDEXED BY job_line
          WHERE state = 'QUEUED' AND waits_for IS NULL
          UNION ALL
          SELECT min(priority) FROM job INDEXED BY job_waits WHERE waits_for IS NOT NULL)
        """)
    guard let lowest, lowest < addition.priority else { return 0 }
    try db.execute(
      sql: """
        UPDATE job
        SET priority = :priority, updated_at = :now
        WHERE state = 'QUEUED' AND priority < :priority
          AND id IN (SELECT job_id FROM temp.staged)
        """, arguments: ["priority": addition.priority, "now": now])
    return db.changesCount
  }

  /// Sets the batch's budget, or recomputes what it has spent including lines that joined it.
  private func settleBudget(_ db: Database, _ batch: Int64) throws {
    if let budget = addition.budget {
      try JobTable.setBudget(db, of: batch, to: budget)
    } else {
      try JobTable.recount(db, batch)
      try JobTable.letTryAgain(db, [batch])
    }
  }

  func count(_ db: Database, _ sql: String) throws -> Int {
    try Int.fetchOne(db, sql: sql) ?? 0
  }
}
