import CSMCore
import GRDB

// Writes what the merge has found out: the lines of the batch, and how it is to be spoken.

extension Merge {
  /// Writes the lines and takes out of the batch what the file no longer says.
  ///
  /// - Parameter last: the highest job id before the new ones.
  func writeLines(
    _ db: Database, _ batch: Int64, after last: Int64, isFirst: Bool,
    _ summary: inout AdditionSummary
  ) throws {
    if let rerolls = addition.rerolls, !isFirst {
      summary.dropped = try Retirement.dropTakes(db, of: batch, beyond: rerolls)
    }
    try keepText(db)
    if summary.unchanged > 0 { try renewUnchanged(db) }
    if summary.changed > 0 { try change(db) }
    if summary.added > 0 { try insertItems(db, batch, after: last, summary) }
    if summary.shared > 0, !isFirst {
      try renumberFormer(db, batch)
      try FormerTakes.restore(to: batch, db)
    }
    if summary.changed + summary.added > 0 { try Retirement.forgetReturned(db, batch) }
    // Only a file that was read completely shows which lines are gone.
    if reading == .whole, summary.conflicting.isEmpty {
      try prune(db, batch, isFirst: isFirst, &summary)
    }
    try Retirement.dropOrphans(db, at: now)
  }

  /// Writes down the author's text where a line shows another take, which may spell the words differently.
  private func keepText(_ db: Database) throws {
    try db.execute(
      sql: """
        UPDATE temp.staged
        SET text = (
          SELECT group_concat(value ->> 'text', ' ') FROM json_each(staged.input, '$.scene'))
        WHERE text IS NULL AND key <> (SELECT key FROM job WHERE id = staged.job_id)
        """)
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
  private func change(_ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO temp.retired (id)
        SELECT item_id FROM temp.staged WHERE NOT is_same AND NOT has_moved
        """)
    try Retirement.retire(db, because: .edited)
    try db.execute(
      sql: """
        UPDATE batch_item
        SET job_id = staged.job_id, key = staged.key, is_edited = 0, text = staged.text,
          is_pinned = 0, accepted = NULL, meta = staged.meta, is_numbered = staged.is_numbered, source_file = :file,
          source_line = staged.source_line, speaker = staged.speaker, voice = staged.voice,
          scene = staged.scene, turn = staged.turn, added_by = :author, added_uid = :uid,
          created_at = :now
        FROM temp.staged
        WHERE NOT staged.is_same AND batch_item.id = staged.item_id
        """,
      arguments: [
        "file": addition.sourceFile, "author": addition.author?.name,
        "uid": addition.author?.uid, "now": now,
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
  func raise(_ db: Database) throws -> Int {
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
  func settleBudget(_ db: Database, _ batch: Int64) throws {
    if let budget = addition.budget {
      try JobTable.setBudget(db, of: batch, to: budget)
    } else {
      try JobTable.recount(db, batch)
      try JobTable.letTryAgain(db, [batch])
    }
  }
}
