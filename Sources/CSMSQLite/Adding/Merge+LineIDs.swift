import CSMCore
import Foundation
import GRDB

// The ids of staged lines: makes missing ones, and makes each unique.

extension Merge {
  /// The batch's name; if it must be new, the stem with the next free number.
  func batchName(_ db: Database) throws -> String {
    guard addition.isBatchNew else { return addition.batch }
    let stem = "\(addition.batch)-"
    let names = try String.fetchAll(
      db, sql: "SELECT name FROM batch WHERE substr(name, 1, ?) = ?",
      arguments: [stem.unicodeScalars.count, stem])
    let last = names.compactMap { Int($0.dropFirst(stem.count)) }.max() ?? 0
    return stem + String(last + 1)
  }

  /// Creates the batch if needed, and makes its ids wide enough for the longest line number.
  func openBatch(_ name: String, _ db: Database) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO batch (name, created_at) VALUES (:name, :now)
        ON CONFLICT (name) DO NOTHING
        """, arguments: ["name": name, "now": now])
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM batch WHERE name = ?", arguments: [name])
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

  /// Widens the batch's made ids if the file has longer line numbers.
  ///
  /// All stay as they are if one would become an id that the author gave to another line.
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

  /// The part of a made id after the number.
  private static func suffix(_ line: String) -> String {
    "substr(\(line), instr(\(line) || '.', '.'))"
  }

  /// The id of a staged line as the author wrote it, without the end that marks a part or a take.
  private static let ownID = "substr(line, 1, length(line) - length(suffix))"

  /// Removes all staged lines whose id appears with different words: only the author knows which are
  /// meant.
  ///
  /// - Parameter rejected: ids of lines that were rejected.
  /// - Returns: one conflict for each row of the file.
  func dropConflicts(
    _ db: Database, with rejected: Set<String>
  ) throws -> [AdditionSummary.Conflict] {
    try collectConflicts(db, with: rejected)
    let conflicting = "WHERE \(Self.ownID) IN (SELECT id FROM temp.shared_id)"
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT source_line, \(Self.ownID) AS id, count(*) AS lines
        FROM temp.staged
        \(conflicting)
        GROUP BY entry
        ORDER BY entry
        """)
    try db.execute(sql: "DELETE FROM temp.staged \(conflicting)")
    return rows.map {
      AdditionSummary.Conflict(number: $0["source_line"], id: $0["id"], lines: $0["lines"])
    }
  }

  /// Collects the ids that rows with different words share.
  ///
  /// The words differ if a line does, or if one row has a part that another one has not: the first text was
  /// cut into two, the second was not. Takes are not compared, since their words are the same.
  private func collectConflicts(_ db: Database, with rejected: Set<String>) throws {
    let ids = try JSONEncoder().encode(rejected.sorted())
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.shared_id;
        CREATE TEMP TABLE shared_id (id TEXT PRIMARY KEY) WITHOUT ROWID;
        """)
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.shared_id (id)
        SELECT \(Self.ownID)
        FROM temp.staged
        WHERE line IN (SELECT line FROM temp.staged GROUP BY line HAVING count(DISTINCT key) > 1)
        UNION ALL
        SELECT part.id
        FROM (
          SELECT \(Self.ownID) AS id, count(DISTINCT entry) AS entries
          FROM temp.staged
          WHERE suffix NOT LIKE '%.t%'
          GROUP BY 1, suffix) AS part
        JOIN (
          SELECT \(Self.ownID) AS id, count(DISTINCT entry) AS entries
          FROM temp.staged
          GROUP BY 1) AS whole ON whole.id = part.id
        WHERE part.entries < whole.entries
        UNION ALL
        SELECT value FROM json_each(?)
        """, arguments: [String(decoding: ids, as: UTF8.self)])
  }

  /// Whether an id appears twice, as itself or as the beginning of the ids of parts.
  func hasRepeats(_ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM temp.staged GROUP BY line HAVING count(*) > 1)
          OR EXISTS (
            SELECT 1
            FROM temp.staged AS part
            CROSS JOIN temp.staged AS whole
              ON whole.line = substr(part.line, 1, length(part.line) - length(part.suffix))
            WHERE part.suffix = '.01')
        """) ?? false
  }

  /// Removes lines that repeat an id with the same words.
  func dropRepeats(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM temp.staged
        WHERE n > (SELECT min(first.n) FROM temp.staged AS first WHERE first.line = staged.line)
        """)
  }
}
