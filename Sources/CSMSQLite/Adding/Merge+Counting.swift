import CSMCore
import GRDB

// Counts new jobs and lines at once, in place of the triggers and in the same way.

extension Merge {
  /// Suspends the triggers' counting of jobs above `last` and of their lines; nil resumes it.
  ///
  /// - Returns: false if the row was deleted.
  @discardableResult
  func setAdding(after last: Int64?, _ db: Database) throws -> Bool {
    try db.execute(sql: "UPDATE total SET adding_after = ?", arguments: [last])
    return db.changesCount == 1
  }

  /// Counts new jobs in the total.
  func countJobs(_ db: Database, _ jobs: Int, characters: Int) throws {
    try db.execute(
      sql: """
        UPDATE total
        SET jobs = CAST(jobs + :jobs AS INTEGER), queued = CAST(queued + :jobs AS INTEGER),
          chars = CAST(chars + :chars AS INTEGER)
        """, arguments: ["jobs": jobs, "chars": characters])
  }

  /// Counts the new lines of new jobs in the tally of the batch.
  ///
  /// - Parameter last: the highest job id before the new ones.
  func countLines(_ db: Database, _ batch: Int64, after last: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars)
        SELECT :batch, 'QUEUED', '', :now, (SELECT count(*) FROM temp.staged WHERE job_id > :last),
          count(*), coalesce(sum(min(chars, 1000000000000)), 0)
        FROM job
        WHERE id > :last
        HAVING count(*) > 0
        ON CONFLICT DO UPDATE
        SET lines = CAST(lines + excluded.lines AS INTEGER), jobs = CAST(jobs + excluded.jobs AS INTEGER),
          chars = CAST(chars + excluded.chars AS INTEGER)
        """, arguments: ["batch": batch, "last": last, "now": now])
  }
}
