import CSMCore
import GRDB

// How a batch was spoken over time.

extension JobTable {
  /// How a batch was spoken over time, counted from the rows.
  package struct Night: Sendable {
    /// The first submit, and the end of the last job; nil before there is one.
    package var begin: Timestamp?
    package var end: Timestamp?
    /// Ended jobs by time slot, numbered from 1970.
    package var slots: [(slot: Int64, stored: Int, failed: Int)] = []
    /// Takes that no line shows.
    package var otherTakes = 0
    /// Takes added by csmd, shown or not.
    package var rerolls = 0
    /// Characters of the present lines.
    package var characters = 0
  }

  /// An interval in which a gate was closed.
  package struct Closing: Sendable, Equatable {
    package let gate: Gate.Name
    package let begin: Timestamp
    package let end: Timestamp
    /// The last reason given.
    package let reason: String
  }

  /// When gates were closed between two times, in the order of closing.
  package func closings(from begin: Timestamp, to end: Timestamp) throws -> [Closing] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT name, max(since, :begin) AS begin, min(until, :end) AS end, reason
          FROM (
            SELECT name, since, until, reason FROM gate_closing
            UNION ALL
            SELECT name, since, :end, reason FROM gate)
          WHERE since < :end AND until > :begin
          ORDER BY begin, end, name
          """, arguments: ["begin": begin, "end": end]
      ).compactMap { row in
        guard let gate = Gate.Name(rawValue: row["name"]) else { return nil }
        return Closing(
          gate: gate, begin: row["begin"], end: row["end"], reason: row["reason"])
      }
    }
  }

  /// How a batch was spoken over time.
  ///
  /// - Parameter slot: the length of a time slot, in milliseconds.
  package func night(of batch: String, slot: Int64) throws -> Night {
    try read { db in
      var night = Night()
      let id = try Self.batchID(batch, db)
      let jobs: SQL = "(SELECT DISTINCT job_id FROM batch_item WHERE batch_id = \(id)) AS wanted"
      let times: SQLRequest<Row> = """
        SELECT min(submission.intent_at) AS first, max(job.finished_at) AS last
        FROM \(jobs)
        CROSS JOIN job ON job.id = wanted.job_id
        LEFT JOIN submission ON submission.job_id = job.id
        """
      if let row = try times.fetchOne(db) {
        night.begin = row["first"]
        night.end = row["last"]
      }
      let slots: SQLRequest<Row> = """
        SELECT job.finished_at / \(slot) AS slot, count(*) FILTER (WHERE job.state = 'STORED') AS stored,
          count(*) FILTER (WHERE job.state <> 'STORED') AS failed
        FROM \(jobs)
        CROSS JOIN job ON job.id = wanted.job_id
        WHERE job.finished_at IS NOT NULL
        GROUP BY 1
        ORDER BY 1
        """
      night.slots = try slots.fetchAll(db).map { ($0["slot"], $0["stored"], $0["failed"]) }
      let takes: SQLRequest<Row> = """
        SELECT count(*) FILTER (WHERE item.former = 'retaken') AS takes,
          coalesce(sum(job.is_reroll), 0) AS rerolls
        FROM batch_item AS item
        CROSS JOIN job ON job.id = item.job_id
        WHERE item.batch_id = \(id) AND (item.former IS NULL OR item.former = 'retaken')
        """
      if let row = try takes.fetchOne(db) {
        night.otherTakes = row["takes"]
        night.rerolls = row["rerolls"]
      }
      let characters: SQLRequest<Int> = """
        SELECT \(sql: saturatingSum("job.chars"))
        FROM (
          SELECT DISTINCT job_id FROM batch_item WHERE batch_id = \(id) AND former IS NULL
        ) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        """
      night.characters = try characters.fetchOne(db) ?? 0
      return night
    }
  }
}
