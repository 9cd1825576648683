import CSMCore
import GRDB

extension Merge {
  /// Lists former words that return under another line number as those of the line that has them now.
  ///
  /// If another line has the same words, nobody can tell which of them returned.
  func renumberFormer(_ db: Database, _ batch: Int64) throws {
    guard !isNewStream else { return }
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.returned;
        CREATE TEMP TABLE returned (id INTEGER PRIMARY KEY, line TEXT, source_line INTEGER);
        """)
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.returned (id, line, source_line)
        SELECT words.id, latest.line, latest.source_line
        FROM (\(Self.latest)) AS latest
        CROSS JOIN batch_item AS words INDEXED BY batch_item_former
          ON \(Self.isFormer("words", of: "latest")) AND words.line = latest.old_line
        """, arguments: ["batch": batch, "file": addition.sourceFile])
    try db.execute(
      sql: """
        UPDATE batch_item
        SET (line, source_line) = (
          SELECT line, source_line FROM temp.returned WHERE id = batch_item.id)
        WHERE id IN (SELECT id FROM temp.returned)
        """)
  }

  /// The staged lines without an id of their own whose words left another such line, which is the last if
  /// there are several.
  ///
  /// With a single `max`, SQLite takes the other columns from the row that has it.
  private static let latest = """
    SELECT staged.key, staged.line, staged.source_line, old.line AS old_line, max(old.id)
    FROM temp.staged
    CROSS JOIN job AS first ON first.key = staged.key
    CROSS JOIN batch_item AS old INDEXED BY batch_item_job
      ON old.job_id = first.id AND \(isFormer("old", of: "staged")) AND old.is_numbered
        AND old.source_file = :file
    WHERE staged.is_same IS NOT TRUE AND staged.is_numbered
      AND NOT EXISTS (
        SELECT 1
        FROM batch_item AS own
        WHERE \(isFormer("own", of: "staged")) AND own.line = staged.line)
      AND NOT \(isOfOther("NULL")) AND NOT \(isOfOther("'retaken'"))
    GROUP BY staged.n
    """

  /// SQL: whether a row has former words which are those of another row.
  private static func isFormer(_ row: String, of line: String) -> String {
    """
    \(row).batch_id = :batch AND \(row).former IN ('edited', 'gone') AND \(row).key = \(line).key
      AND NOT \(row).is_edited
    """
  }

  /// SQL: whether another line has the words, as one of its takes or as the one it shows.
  private static func isOfOther(_ former: String) -> String {
    """
    EXISTS (
      SELECT 1
      FROM batch_item AS item
      WHERE item.job_id = first.id AND item.batch_id = :batch AND item.former IS \(former)
        AND item.line <> staged.line)
    """
  }
}
