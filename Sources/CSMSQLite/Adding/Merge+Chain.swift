import CSMCore
import GRDB

// The needs of chained turns: which turn waits for which.

extension JobTable {
  /// Creates the temporary table for the needs of staged lines.
  static func makeStagedNeeds(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.staged_need;
        CREATE TEMP TABLE staged_need (
          key       BLOB NOT NULL,
          ordinal   INTEGER NOT NULL,
          needs_key BLOB NOT NULL,
          PRIMARY KEY (key, ordinal)
        ) WITHOUT ROWID;
        """)
  }

  static func stageNeeds(of line: NewLine, _ db: Database) throws {
    for (ordinal, key) in line.request.needs.enumerated() {
      try db.cachedStatement(
        sql: """
          INSERT INTO temp.staged_need (key, ordinal, needs_key)
          VALUES (?, ?, ?)
          ON CONFLICT DO NOTHING
          """
      ).execute(arguments: [line.key.data, ordinal, key.data])
    }
  }
}

extension Merge {
  /// Makes new jobs wait for the jobs they need, except those that have ended.
  ///
  /// A needed turn that was rejected has no job; like one that failed, it is left out of the context.
  ///
  /// - Parameter last: the highest job id before the new ones.
  func chain(_ db: Database, after last: Int64) throws {
    guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM temp.staged_need)") == true
    else { return }
    let arguments: StatementArguments = ["last": last]
    try db.execute(
      sql: """
        UPDATE job
        SET waits_for = 'turns', template = input
        WHERE id > :last AND key IN (SELECT key FROM temp.staged_need)
        """, arguments: arguments)
    try db.execute(
      sql: """
        INSERT INTO job_need (job_id, ordinal, needs_id)
        SELECT job.id, need.ordinal, needed.id
        FROM temp.staged_need AS need
        JOIN job ON job.key = need.key
        JOIN job AS needed ON needed.key = need.needs_key
        WHERE job.id > :last
        """, arguments: arguments)
    try JobTable.release(db, "id > \(last)", at: now)
  }
}
