import CSMCore
import GRDB

// Whether the work is over.

extension JobTable {
  /// The jobs that wait, by what they wait for.
  package func waitingJobs() throws -> WaitingJobs {
    try read { db in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT (SELECT count(*) FROM job WHERE state = 'QUEUED') AS queued,
              (SELECT count(*) FROM job WHERE waits_for = 'turns') AS turns,
              (SELECT count(*) FROM job WHERE waits_for = 'budget') AS budget
            """))
      return row.map {
        let (queued, turns, budget): (Int, Int, Int) = ($0["queued"], $0["turns"], $0["budget"])
        return WaitingJobs(due: queued - turns - budget, forTurns: turns, forBudget: budget)
      } ?? WaitingJobs()
    }
  }

  /// Counts failed and held jobs that a line shows or a turn waits for.
  package func endedBadly() throws -> (failed: Int, held: Int) {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT count(*)
          FROM job
          WHERE state = ?
            AND (
              EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND former IS NULL)
              OR \(Self.isNeeded))
          """)
      func count(_ state: JobState.Name) throws -> Int {
        try Int.fetchOne(statement, arguments: [state.rawValue]) ?? 0
      }
      return (try count(.failed), try count(.held))
    }
  }
}
