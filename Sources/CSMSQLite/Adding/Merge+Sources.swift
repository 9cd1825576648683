import CSMCore
import GRDB

// Whose the lines of a batch are. Each is the file's that it came from, and that file alone may edit it:
// other words under its id in another file are another line, of an author who did not think of the first
// one.

extension Merge {
  /// Makes the lines of the files whose place this one takes its own.
  ///
  /// - Returns: the first of these files of which the batch has no line, and those of which it has some.
  func takeOver(_ db: Database, _ batch: Int64) throws -> AdditionSummary.Strangers? {
    for file in addition.replacedFiles {
      try db.execute(
        sql: "UPDATE batch_item SET source_file = ? WHERE batch_id = ? AND source_file = ?",
        arguments: [addition.sourceFile, batch, file])
      guard db.changesCount == 0 else { continue }
      return AdditionSummary.Strangers(
        named: file,
        there: try String.fetchAll(
          db,
          sql: """
            SELECT DISTINCT source_file
            FROM batch_item
            WHERE batch_id = ? AND former IS NULL
            ORDER BY source_file
            """, arguments: [batch]))
    }
    return nil
  }

  /// Lines of other files that these would change.
  ///
  /// A stream is another one each time.
  func otherSource(_ db: Database) throws -> AdditionSummary.OtherSource? {
    let isNew = addition.isStream && !addition.replacedFiles.contains(addition.sourceFile)
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS lines, min(staged.n), item.line, item.source_file
        FROM temp.staged
        CROSS JOIN batch_item AS item ON item.id = staged.item_id
        WHERE NOT staged.is_same AND (:is_new OR item.source_file <> :file)
        """, arguments: ["is_new": isNew, "file": addition.sourceFile])
    guard let row, let first: String = row["line"] else { return nil }
    return .init(file: row["source_file"], first: first, lines: row["lines"])
  }

  /// How many lines of other files say the same as these.
  func elsewhere(_ db: Database) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*)
        FROM temp.staged
        CROSS JOIN batch_item AS item ON item.id = staged.item_id
        WHERE staged.is_same AND item.source_file <> ?
        """, arguments: [addition.sourceFile]) ?? 0
  }
}
