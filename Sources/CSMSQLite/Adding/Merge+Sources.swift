import CSMCore
import GRDB

// Which file a line of a batch belongs to: the one it came from, and only that file may edit it. The same
// id with other words in another file is a different line, whose author did not think of the first.

extension Merge {
  /// Transfers the lines of replaced files to this file.
  ///
  /// - Returns: the first replaced file without a line in the batch, and the files that do have lines.
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

  /// Whether the lines come from a stream that does not replace an earlier one.
  var isNewStream: Bool {
    addition.isStream && !addition.replacedFiles.contains(addition.sourceFile)
  }

  /// Lines of other files that this addition would change.
  ///
  /// Each stream counts as a different source.
  func otherSource(_ db: Database) throws -> AdditionSummary.OtherSource? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS lines, min(staged.n), item.line, item.source_file
        FROM temp.staged
        CROSS JOIN batch_item AS item ON item.id = staged.item_id
        WHERE NOT staged.is_same AND (:is_new OR item.source_file <> :file)
        """, arguments: ["is_new": isNewStream, "file": addition.sourceFile])
    guard let row, let first: String = row["line"] else { return nil }
    return .init(file: row["source_file"], first: first, lines: row["lines"])
  }

  /// Counts lines of other files with the same words as staged ones.
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
