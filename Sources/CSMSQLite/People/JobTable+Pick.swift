import CSMCore
import GRDB

// A person chooses among the takes of lines.

extension JobTable {
  /// What choosing a take came to.
  package struct Picking: Sendable, Equatable {
    /// Lines that were selected.
    package var selected = 0
    /// Those that are another take now.
    package var picked = 0
    /// Those that were this take already.
    package var unchanged = 0
  }

  /// Makes the selected lines a take of theirs that is stored, whatever is still to come; durable on
  /// return.
  ///
  /// Lines that have no such take are left as they are.
  package func pick(_ selection: Selection, take: Int) throws -> Picking {
    try write { db in
      var picking = Picking()
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS line, item.job_id AS shown, other.id AS other, kept.id AS next,
          job.take = \(take) AND job.state = 'STORED' AS is_shown
        \(LineRow.source)
        LEFT JOIN (
          batch_item AS other JOIN job AS kept ON kept.id = other.job_id AND kept.state = 'STORED'
        ) ON other.batch_id = item.batch_id AND other.line = item.line
          AND other.former = 'retaken' AND kept.take = \(take)
        WHERE item.former IS NULL AND \(condition)
        """
      for row in try request.fetchAll(db) {
        picking.selected += 1
        if row["is_shown"] {
          picking.unchanged += 1
        } else if let other: Int64 = row["other"] {
          picking.picked += 1
          let change = ShownTake.Change(
            line: row["line"], other: other, shown: row["shown"], next: row["next"])
          try ShownTake.make(change, db)
        } else {
          continue
        }
        try db.execute(
          sql: """
            UPDATE batch_item
            SET is_next = 0
            WHERE is_next = 1
              AND (batch_id, line) = (SELECT batch_id, line FROM batch_item WHERE id = ?)
            """, arguments: [row["line"] as Int64])
      }
      return picking
    }
  }
}
