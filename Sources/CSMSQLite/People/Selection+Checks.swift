import CSMCore
import GRDB

extension Selection {
  /// Selects, from the lines that match `condition`, those whose audio has one of the checks.
  ///
  /// Checks are not stored in the table, only the figures that they judge.
  func marked(among condition: SQL, _ db: Database) throws -> SQL {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.marked;
        CREATE TEMP TABLE marked (id INTEGER PRIMARY KEY);
        """)
    let request: SQLRequest<Row> = """
      SELECT item.id AS item, \(LineRow.columns)
      \(LineRow.source)
      JOIN object ON object.digest = job.digest
      WHERE \(condition)
      """
    let insert = try db.makeStatement(sql: "INSERT INTO temp.marked (id) VALUES (?)")
    var hearings = Hearings()
    let rows = try request.fetchCursor(db)
    while let row = try rows.next() {
      let line = try LineRow(row: row, &hearings, db)
      guard line.marks.contains(where: { $0.isNamed(oneOf: checks) }) else { continue }
      try insert.execute(arguments: [row["item"] as Int64])
    }
    return "item.id IN (SELECT id FROM temp.marked)"
  }
}
