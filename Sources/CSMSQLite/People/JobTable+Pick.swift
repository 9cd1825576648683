import CSMCore
import Foundation
import GRDB

// Decisions by ear: choosing a take, and accepting audio.

extension JobTable {
  /// The result of picking a take.
  package struct Picking: Sendable, Equatable {
    /// Lines selected.
    package var selected = 0
    /// Lines that now show the take.
    package var picked = 0
    /// Lines that already showed it.
    package var unchanged = 0
  }

  /// Makes the selected lines show one of their stored takes, and pins them to it; durable on return.
  ///
  /// No later take replaces it. Lines without such a take stay as they are.
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

  /// The result of accepting audio.
  package struct Accepting: Sendable, Equatable {
    /// Lines selected.
    package var selected = 0
    /// Lines whose audio is now accepted.
    package var accepted = 0
    /// Lines whose audio was already accepted.
    package var unchanged = 0
  }

  /// Records that a person heard the selected lines and found their audio fine; durable on return.
  ///
  /// Checks no longer mark it, and no other take replaces it. Lines without audio stay as they are.
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
