import CSMCore
import GRDB

// The ids of the staged lines: made where the author gave none, and each once.

extension Merge {
  /// The batch's row, with room in its made line ids for the longest line number.
  func openBatch(_ db: Database) throws -> Int64 {
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
            WHERE made.batch_id = :batch AND made.is_numbered AND NOT own.is_numbered
              AND own.former IS NULL)
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
  func dropConflicts(_ db: Database) throws -> [AdditionSummary.Conflict] {
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

  /// Whether an id is there twice.
  func hasRepeats(_ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM temp.staged GROUP BY line HAVING count(*) > 1)
        """) ?? false
  }

  /// Takes out lines that repeat an id with the same words: they say nothing new.
  func dropRepeats(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM temp.staged
        WHERE n > (SELECT min(first.n) FROM temp.staged AS first WHERE first.line = staged.line)
        """)
  }
}
