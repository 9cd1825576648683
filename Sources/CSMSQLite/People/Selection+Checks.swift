import CSMCore
import GRDB

extension Selection {
  /// What lines have one of the checks, of those for which a condition holds.
  ///
  /// The table does not know what checks strike: it has the figures that they are judged by.
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
