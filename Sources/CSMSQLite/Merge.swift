import CSMCore
import GRDB

/// Brings the staged lines into the tables: jobs that are new, and the lines of the batch.
struct Merge {
  let addition: Addition
  let now: Timestamp

  /// Runs inside a transaction.
  func run(_ db: Database) throws -> AdditionSummary {
    let batch = try openBatch(db)
    var summary = AdditionSummary()
    summary.conflicting = try dropConflicts(db)
    summary.isRefused = addition.isStrict && !summary.conflicting.isEmpty
    guard !summary.isRefused else { return summary }
    summary.lines = try count(db, "SELECT count(*) FROM temp.staged")
    try dropRepeats(db)
    try compare(db, batch)
    summary.otherSource = try otherSource(db, batch)
    summary.isRefused = summary.otherSource != nil
    guard !summary.isRefused else { return summary }
    summary.unchanged = try count(db, "SELECT count(*) FROM temp.known WHERE is_same")
    summary.changed = try count(db, "SELECT count(*) FROM temp.known WHERE NOT is_same")
    let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM job") ?? 0
    summary.queued = try insertJobs(db)
    summary.characters = try count(
      db, "SELECT coalesce(sum(chars), 0) FROM job WHERE id > ?", [last])
    summary.shared = summary.lines - summary.unchanged - summary.queued
    try upsertItems(db, batch)
    try dropOrphans(db)
    return summary
  }

  /// The batch's row, with room in its made line ids for the longest line number.
  private func openBatch(_ db: Database) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO batch (name, created_at) VALUES (:name, :now)
        ON CONFLICT (name) DO NOTHING
        """, arguments: ["name": addition.batch, "now": now.milliseconds])
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM batch WHERE name = ?", arguments: [addition.batch])
    guard let id else { throw TableError.failed("the batch was not made") }
    try widen(db, batch: id)
    try db.execute(
      sql: """
        ALTER TABLE temp.staged ADD COLUMN is_numbered INTEGER;
        UPDATE temp.staged SET is_numbered = line IS NULL;
        """)
    try db.execute(
      sql: """
        UPDATE temp.staged
        SET line = printf('L%0*d', (SELECT line_width FROM batch WHERE id = ?), source_line) || suffix
        WHERE line IS NULL
        """, arguments: [id])
    try db.execute(sql: "CREATE INDEX temp.staged_line ON staged (line)")
    return id
  }

  /// Pads the batch's made line ids anew where the file has longer line numbers than it has room for;
  /// all stay as they are where one would become an id that the author gave to another line.
  private func widen(_ db: Database, batch: Int64) throws {
    let longest = try Int.fetchOne(
      db, sql: "SELECT length(max(source_line)) FROM temp.staged WHERE line IS NULL")
    guard let width = longest else { return }
    let arguments: StatementArguments = ["batch": batch, "width": width]
    try db.execute(
      sql: """
        UPDATE batch
        SET line_width = :width
        WHERE id = :batch AND line_width < :width
          AND NOT EXISTS (
            SELECT 1
            FROM batch_item AS made
            JOIN batch_item AS own ON own.batch_id = made.batch_id
              AND own.line = printf('L%0*d', :width, made.source_line) || \(Self.suffix("made.line"))
            WHERE made.batch_id = :batch AND made.is_numbered AND NOT own.is_numbered)
        """, arguments: arguments)
    guard db.changesCount > 0 else { return }
    try db.execute(
      sql: """
        UPDATE batch_item
        SET line = printf('L%0*d', :width, source_line) || \(Self.suffix("line"))
        WHERE batch_id = :batch AND is_numbered
        """, arguments: arguments)
  }

  /// What stands behind the number in an id that was made from it.
  private static func suffix(_ line: String) -> String {
    "substr(\(line), instr(\(line) || '.', '.'))"
  }

  /// Takes out lines with the id of a line before them but other words: it is not known which are
  /// meant.
  private func dropConflicts(_ db: Database) throws -> [AdditionSummary.Conflict] {
    let conflicting = """
      FROM temp.staged
      WHERE key <> (
        SELECT first.key FROM temp.staged AS first
        WHERE first.line = staged.line
        ORDER BY first.n
        LIMIT 1)
      """
    let rows = try Row.fetchAll(db, sql: "SELECT source_line, line \(conflicting) ORDER BY n")
    try db.execute(sql: "DELETE \(conflicting)")
    return rows.map { AdditionSummary.Conflict(number: $0["source_line"], id: $0["line"]) }
  }

  /// Takes out lines that repeat an id with the same words: they say nothing new.
  private func dropRepeats(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM temp.staged
        WHERE n > (SELECT min(first.n) FROM temp.staged AS first WHERE first.line = staged.line)
        """)
  }

  /// Which staged lines the batch has already, and whether with the same words.
  private func compare(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.known;
        CREATE TEMP TABLE known (line TEXT PRIMARY KEY, job_id INTEGER, is_same INTEGER);
        """)
    try db.execute(
      sql: """
        INSERT INTO temp.known (line, job_id, is_same)
        SELECT staged.line, item.job_id, job.key = staged.key
        FROM temp.staged
        JOIN batch_item AS item ON item.batch_id = ? AND item.line = staged.line
        JOIN job ON job.id = item.job_id
        """, arguments: [batch])
  }

  /// Where the batch's lines come from, when their numbers would be taken for those of another file.
  ///
  /// Line numbers tell which line was edited, as long as the file is the same. Other words under the
  /// number of another file are no edit, and neither are those of a stream, which is never the same.
  private func otherSource(_ db: Database, _ batch: Int64) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT item.source_file
        FROM temp.known
        JOIN batch_item AS item ON item.batch_id = :batch AND item.line = known.line
        WHERE NOT known.is_same AND item.is_numbered
          AND (:is_stream OR item.source_file <> :file)
        LIMIT 1
        """,
      arguments: [
        "batch": batch, "is_stream": addition.isStream, "file": addition.sourceFile,
      ])
  }

  private func insertJobs(_ db: Database) throws -> Int {
    try db.execute(
      sql: """
        INSERT INTO job (
          key, endpoint, input, take, chars, priority, wake_at, created_at, updated_at)
        SELECT key, :endpoint, input, take, chars, :priority, :now, :now, :now
        FROM temp.staged
        WHERE true
        ORDER BY n
        ON CONFLICT (key) DO NOTHING
        """,
      arguments: [
        "endpoint": addition.endpoint, "priority": addition.priority, "now": now.milliseconds,
      ])
    return db.changesCount
  }

  private func upsertItems(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO batch_item (
          batch_id, line, is_numbered, job_id, text, source_file, source_line, meta, added_by,
          added_uid, created_at)
        SELECT :batch, staged.line, staged.is_numbered, job.id, staged.text, :file,
          staged.source_line, staged.meta, :author, :uid, :now
        FROM temp.staged
        JOIN job ON job.key = staged.key
        WHERE true
        ORDER BY staged.n
        ON CONFLICT (batch_id, line) DO UPDATE
        SET is_numbered = excluded.is_numbered, job_id = excluded.job_id, text = excluded.text,
          source_file = excluded.source_file, source_line = excluded.source_line,
          meta = excluded.meta, added_by = excluded.added_by, added_uid = excluded.added_uid
        WHERE job_id <> excluded.job_id OR text IS NOT excluded.text OR meta IS NOT excluded.meta
        """,
      arguments: [
        "batch": batch, "file": addition.sourceFile, "now": now.milliseconds,
        "author": addition.author?.name, "uid": addition.author?.uid,
      ])
  }

  /// Takes back jobs of which nothing was ever sent and that no line wants any more: their words were
  /// edited away.
  private func dropOrphans(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM job
        WHERE id IN (SELECT job_id FROM temp.known WHERE NOT is_same)
          AND state = 'QUEUED'
          AND NOT EXISTS (SELECT 1 FROM submission WHERE job_id = job.id)
          AND NOT EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id)
        """)
  }

  private func count(_ db: Database, _ sql: String, _ arguments: StatementArguments = []) throws
    -> Int
  {
    try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
  }
}
