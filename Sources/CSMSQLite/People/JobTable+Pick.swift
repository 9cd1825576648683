import CSMCore
import Foundation
import GRDB

// What a person decides by ear: which take a line is, and that what was heard is fine.

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

  /// Makes the selected lines a take of theirs that is stored, and keeps them at it, whatever is still to
  /// come; durable on return.
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
        try ShownTake.pin(row["line"], db)
      }
      return picking
    }
  }

  /// What accepting audio came to.
  package struct Accepting: Sendable, Equatable {
    /// Lines that were selected.
    package var selected = 0
    /// Those whose audio is accepted now.
    package var accepted = 0
    /// Those of which it was accepted before.
    package var unchanged = 0
  }

  /// Notes that a person heard the audio of the selected lines and found it fine: no check marks it any
  /// more, and no other take takes its place; durable on return.
  ///
  /// Lines without audio are left as they are.
  package func accept(_ selection: Selection) throws -> Accepting {
    try write { db in
      var accepting = Accepting()
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS line, job.digest, item.accepted IS job.digest AS is_accepted
        \(LineRow.source)
        WHERE item.former IS NULL AND \(condition)
        """
      for row in try request.fetchAll(db) {
        accepting.selected += 1
        guard let digest: Data = row["digest"] else { continue }
        guard !row["is_accepted"] else {
          accepting.unchanged += 1
          continue
        }
        try db.cachedStatement(sql: "UPDATE batch_item SET accepted = ? WHERE id = ?")
          .execute(arguments: [digest, row["line"] as Int64])
        try ShownTake.pin(row["line"], db)
        accepting.accepted += 1
      }
      return accepting
    }
  }
}
