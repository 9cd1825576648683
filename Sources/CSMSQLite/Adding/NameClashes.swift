import CSMCore
import GRDB

/// Finds ids that some file system would not tell apart, so that their files would clash.
struct NameClashes {
  let batch: Int64
  /// Maps an id to its file name, as the least discerning file system sees it.
  let fileName: @Sendable (String) -> String

  /// Removes staged lines whose file name an earlier line or a line of the batch already has.
  func drop(_ db: Database) throws -> [AdditionSummary.Conflict] {
    // Ids made from line numbers all differ.
    let hasOwn = try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM temp.staged WHERE NOT is_numbered)
          OR EXISTS (SELECT 1 FROM batch_item WHERE batch_id = ? AND former IS NULL AND NOT is_numbered)
        """, arguments: [batch])
    guard hasOwn == true else { return [] }
    try collect(db)
    let clashes = try Row.fetchAll(db, sql: Self.query, arguments: ["batch": batch])
    let delete = try db.makeStatement(sql: "DELETE FROM temp.staged WHERE n = ?")
    return try clashes.map { row in
      try delete.execute(arguments: [row["n"] as Int64])
      return AdditionSummary.Conflict(
        number: row["source_line"], id: row["line"], other: row["other"])
    }
  }

  /// The clashing lines, each with the first line it clashes with.
  ///
  /// Few lines clash, so they are found first; only for those is the batch looked up.
  static let query = """
    SELECT staged.n, staged.source_line, staged.line, min(clash.other) AS other
    FROM (
      SELECT later.n, first.line AS other
      FROM temp.odd_name AS later
      JOIN temp.odd_name AS first
        ON first.file = later.file AND first.n < later.n AND first.line <> later.line
      UNION ALL
      SELECT max(odd.n, plain.n), iif(odd.n < plain.n, odd.line, plain.line)
      FROM temp.odd_name AS odd
      JOIN temp.staged AS plain ON plain.line = odd.file
      UNION ALL
      SELECT odd.n, item.line
      FROM temp.odd_name AS odd
      CROSS JOIN batch_item AS item
        ON item.batch_id = :batch AND item.line = odd.file AND item.former IS NULL
    ) AS clash
    CROSS JOIN temp.staged ON staged.n = clash.n
    -- What the batch has already has its name.
    WHERE NOT EXISTS (
      SELECT 1
      FROM batch_item AS item
      WHERE item.batch_id = :batch AND item.line = staged.line AND item.former IS NULL)
    GROUP BY staged.n
    ORDER BY staged.n
    """

  /// Collects ids that differ from their file names; of two that clash, at least one does.
  private func collect(_ db: Database) throws {
    let fileName = fileName
    db.add(
      function: DatabaseFunction("file_name", argumentCount: 1, pure: true) { values in
        values.first.flatMap(String.fromDatabaseValue).map(fileName)
      })
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.odd_name;
        CREATE TEMP TABLE odd_name (n INTEGER NOT NULL, line TEXT NOT NULL, file TEXT NOT NULL);
        """)
    try db.execute(
      sql: """
        INSERT INTO temp.odd_name (n, line, file)
        SELECT n, line, file
        FROM (SELECT n, line, file_name(line) AS file FROM temp.staged)
        WHERE file <> line
        UNION ALL
        SELECT 0, line, file
        FROM (
          SELECT line, file_name(line) AS file FROM batch_item WHERE batch_id = ? AND former IS NULL)
        WHERE file <> line
        """, arguments: [batch])
    try db.execute(sql: "CREATE INDEX temp.odd_name_file ON odd_name (file, n)")
  }
}
