import CSMCore
import Foundation
import GRDB

// Decisions by ear: choosing a take, and accepting audio.

extension JobTable {
  /// Whether audio is what a person heard of a line.
  package typealias Hearing = (_ line: LineName, _ audio: Digest) -> Bool

  /// The result of picking a take.
  package struct Picking: Sendable, Equatable {
    /// Lines selected.
    package var selected = 0
    /// Lines that now show the take.
    package var picked = 0
    /// Lines that already showed it.
    package var unchanged = 0
    /// Lines left alone, because this take has other audio than was heard.
    package var other = 0
  }

  /// Makes the selected lines show one of their stored takes, and pins them to it; durable on return.
  ///
  /// No later take replaces it, so those that csmd added are dropped if they were not sent. Lines without
  /// such a take stay as they are, and so do those whose take was not heard.
  package func pick(
    _ selection: Selection, take: Int, at now: Timestamp,
    where isHeard: Hearing = { _, _ in true }
  ) throws -> Picking {
    try write { db in
      var picking = Picking()
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS line, item.job_id AS shown, other.id AS other, kept.id AS next,
          job.take = \(take) AND job.state = 'STORED' AS is_shown,
          batch.name AS batch, item.line AS name,
          iif(job.take = \(take) AND job.state = 'STORED', job.digest, kept.digest) AS digest
        \(LineRow.source)
        LEFT JOIN (
          batch_item AS other JOIN job AS kept ON kept.id = other.job_id AND kept.state = 'STORED'
        ) ON other.batch_id = item.batch_id AND other.line = item.line
          AND other.former = 'retaken' AND kept.take = \(take)
        WHERE item.former IS NULL AND \(condition)
        ORDER BY item.id, kept.id
        """
      var (seen, pinned): (Set<Int64>, [Int64]) = ([], [])
      // In tables of older versions, two takes of a line may have the same number.
      for row in try request.fetchAll(db) where seen.insert(row["line"]).inserted {
        picking.selected += 1
        if Self.isOther(row, isHeard) {
          picking.other += 1
          continue
        }
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
        pinned.append(row["line"])
      }
      try Retirement.dropAddedTakes(of: pinned, db, at: now)
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
    /// Lines left alone, because they have other audio than was heard.
    package var other = 0
  }

  /// Records that a person heard the selected lines and found their audio fine; durable on return.
  ///
  /// Checks no longer mark it, and no other take replaces it, so those that csmd added are dropped if they
  /// were not sent. Lines without audio stay as they are, and so do those whose audio was not heard.
  package func accept(
    _ selection: Selection, at now: Timestamp, where isHeard: Hearing = { _, _ in true }
  ) throws -> Accepting {
    try write { db in
      var accepting = Accepting()
      var pinned: [Int64] = []
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS line, job.digest, item.accepted IS job.digest AS is_accepted,
          batch.name AS batch, item.line AS name
        \(LineRow.source)
        WHERE item.former IS NULL AND \(condition)
        """
      for row in try request.fetchAll(db) {
        accepting.selected += 1
        guard let digest: Data = row["digest"] else { continue }
        guard !Self.isOther(row, isHeard) else {
          accepting.other += 1
          continue
        }
        guard !row["is_accepted"] else {
          accepting.unchanged += 1
          continue
        }
        try db.cachedStatement(sql: "UPDATE batch_item SET accepted = ? WHERE id = ?")
          .execute(arguments: [digest, row["line"] as Int64])
        try ShownTake.pin(row["line"], db)
        pinned.append(row["line"])
        accepting.accepted += 1
      }
      try Retirement.dropAddedTakes(of: pinned, db, at: now)
      return accepting
    }
  }

  /// Whether a row has audio, and other than was heard.
  private static func isOther(_ row: Row, _ isHeard: Hearing) -> Bool {
    guard let digest = Digest(column: row["digest"]) else { return false }
    return !isHeard(LineName(batch: row["batch"], line: row["name"]), digest)
  }
}
