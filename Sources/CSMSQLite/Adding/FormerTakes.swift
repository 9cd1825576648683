import CSMCore
import Foundation
import GRDB

/// Gives a line what its words had when it had them before: their takes, and what a person chose.
enum FormerTakes {
  /// Looks for former takes of staged lines that have just got their words.
  static func restore(to batch: Int64, _ db: Database) throws {
    let lines = try Row.fetchAll(db, sql: returning, arguments: ["batch": batch])
    var hearings = Hearings()
    for row in lines { try restore(to: row["line"], of: row["key"], &hearings, db) }
  }

  /// Restores former takes of these words to one line, which shows the first take.
  ///
  /// Unless a person chose one, the best take is shown, as before.
  static func restore(
    to line: Int64, of words: Data, _ hearings: inout Hearings, _ db: Database
  ) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: former), arguments: ["line": line, "key": words])
    guard let first = rows.first else { return }
    let shown: Job.ID = first["shown"]
    let others = try retake(rows, for: line, shown, db)
    guard first["is_pinned"] else {
      return try ShownTake.review(line, among: others, &hearings, db)
    }
    if others.first == first["id"] {
      try ShownTake.make(
        .init(line: line, other: first["id"], shown: shown, next: first["job_id"]), db)
    }
    try db.cachedStatement(sql: "UPDATE batch_item SET accepted = ? WHERE id = ?")
      .execute(arguments: [first["accepted"] as Data?, line])
    try ShownTake.pin(line, db)
  }

  /// Makes each former take, except the one that is shown, another take of the line.
  ///
  /// - Returns: their row ids.
  private static func retake(
    _ rows: [Row], for line: Int64, _ shown: Job.ID, _ db: Database
  ) throws -> [Int64] {
    var (seen, others): (Set<Job.ID>, [Int64]) = ([shown], [])
    for row in rows {
      let id: Int64 = row["id"]
      if seen.insert(row["job_id"]).inserted {
        others.append(id)
        try db.cachedStatement(sql: asTake).execute(arguments: ["id": id, "line": line])
      } else {
        try db.cachedStatement(sql: "DELETE FROM batch_item WHERE id = ?").execute(arguments: [id])
      }
    }
    if !others.isEmpty { try keepText(line, db) }
    return others
  }

  /// Writes down the author's text, since another take may spell the words differently.
  private static func keepText(_ line: Int64, _ db: Database) throws {
    try db.execute(
      literal: """
        UPDATE batch_item
        SET text = (SELECT \(LineRow.sent) FROM job WHERE job.id = batch_item.job_id)
        WHERE id = \(line) AND text IS NULL
        """)
  }

  /// SQL: whether a former row `old` has words of the line `item` that nobody edited.
  private static let isFormer = """
    old.batch_id = item.batch_id AND old.line = item.line AND old.former IN ('edited', 'gone')
      AND NOT old.is_edited
    """

  /// The staged lines with new words that had them before, with more than one take or a person's choice.
  private static let returning = """
    SELECT item.id AS line, item.key
    FROM temp.staged
    CROSS JOIN batch_item AS item
      ON item.batch_id = :batch AND item.line = staged.line AND item.former IS NULL
    CROSS JOIN batch_item AS old ON \(isFormer) AND old.key = item.key
    WHERE staged.is_same IS NOT TRUE
    GROUP BY item.id
    HAVING max(old.is_pinned) OR max(old.job_id <> item.job_id)
    """

  /// What a line had of these words, the take that a person chose first.
  private static let former = """
    SELECT old.id, old.job_id, old.is_pinned, old.accepted, item.job_id AS shown
    FROM batch_item AS item
    CROSS JOIN batch_item AS old ON \(isFormer) AND old.key = :key
    WHERE item.id = :line
    ORDER BY old.is_pinned DESC, old.id DESC
    """

  /// Makes a former row another take of the line.
  private static let asTake = """
    UPDATE batch_item
    SET (is_numbered, key, is_edited, source_file, source_line) = (
        SELECT is_numbered, key, is_edited, source_file, source_line FROM batch_item WHERE id = :line),
      former = 'retaken', is_pinned = 0, accepted = NULL,
      is_next = (SELECT state FROM job WHERE id = job_id) NOT IN \(States.ended)
    WHERE id = :id
    """
}
