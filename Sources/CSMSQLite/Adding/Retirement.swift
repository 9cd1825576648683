import CSMCore
import GRDB

/// Takes lines out of a batch, or words and takes out of lines.
///
/// What was sent stays listed as a former state of the line. Jobs that were never sent are deleted if no
/// line wants them. `temp.retired` holds the row ids of the lines.
enum Retirement {
  /// Creates the temporary tables that the other steps use.
  static func begin(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.retired;
        DROP TABLE IF EXISTS temp.orphan;
        CREATE TEMP TABLE retired (id INTEGER PRIMARY KEY);
        CREATE TEMP TABLE orphan (job_id INTEGER PRIMARY KEY);
        """)
  }

  /// Nothing of the job was sent, or fal refused it; nothing will be unless a line wants it.
  private static func isUnsent(_ job: String) -> String {
    """
    EXISTS (
      SELECT 1 FROM job WHERE job.id = \(job) AND job.state = 'QUEUED'
        AND NOT \(Sent.isAny(of: "job.id")))
    """
  }

  /// Marks the retired lines and their earlier takes as former.
  ///
  /// Edited lines stay; the caller gives them new words, and a key.
  static func retire(_ db: Database, because former: FormerReason) throws {
    let takes = """
      SELECT take.id
      FROM temp.retired
      CROSS JOIN batch_item AS item ON item.id = retired.id
      CROSS JOIN batch_item AS take ON take.batch_id = item.batch_id AND take.line = item.line
        AND take.former = 'retaken'
      """
    try nameEdits(db, and: takes)
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.orphan (job_id)
        SELECT job_id FROM batch_item WHERE id IN (SELECT id FROM temp.retired);
        INSERT OR IGNORE INTO temp.orphan (job_id)
        SELECT job_id FROM batch_item WHERE id IN (\(takes));
        DELETE FROM batch_item WHERE id IN (\(takes)) AND \(isUnsent("batch_item.job_id"));
        """)
    try db.execute(
      sql: "UPDATE batch_item SET former = ?, is_next = 0 WHERE id IN (\(takes))",
      arguments: [former.rawValue])
    guard former == .edited else {
      try db.execute(
        sql: """
          DELETE FROM batch_item
          WHERE id IN (SELECT id FROM temp.retired) AND \(isUnsent("batch_item.job_id"))
          """)
      try db.execute(
        sql: "UPDATE batch_item SET former = ? WHERE id IN (SELECT id FROM temp.retired)",
        arguments: [former.rawValue])
      return
    }
    try db.execute(
      sql: """
        INSERT INTO batch_item (\(ItemColumns.copied), job_id, is_pinned, accepted, former)
        SELECT \(ItemColumns.copied), job_id, is_pinned, accepted, ?
        FROM batch_item
        WHERE id IN (SELECT id FROM temp.retired) AND NOT \(isUnsent("batch_item.job_id"))
        """, arguments: [former.rawValue])
  }

  /// Gives words that a person gave to retired lines their own key, that of their first take, by which they
  /// are found if they return; they had that of the file's words.
  private static func nameEdits(_ db: Database, and takes: String) throws {
    try db.execute(
      sql: """
        UPDATE batch_item
        SET is_edited = 0, key = (
          SELECT job.key
          FROM batch_item AS take
          CROSS JOIN job ON job.id = take.job_id
          WHERE \(ShownTake.isTake(of: "batch_item"))
          ORDER BY job.take, job.id
          LIMIT 1)
        WHERE is_edited AND id IN (SELECT id FROM temp.retired UNION ALL \(takes))
        """)
  }

  /// Takes unsent takes that csmd added out of lines that have more of them than the batch allows.
  ///
  /// - Returns: how many lines.
  static func dropTakes(_ db: Database, of batch: Int64, beyond rerolls: Int) throws -> Int {
    let takes = """
      SELECT take.id
      FROM job
      CROSS JOIN batch_item AS take
        ON take.job_id = job.id AND take.batch_id = :batch AND take.former = 'retaken'
      WHERE job.is_reroll = 1 AND \(isUnsent("take.job_id"))
        AND :rerolls < (
          SELECT count(*)
          FROM batch_item AS other
          CROSS JOIN job AS added ON added.id = other.job_id AND added.is_reroll = 1
          WHERE other.batch_id = take.batch_id AND other.line = take.line
            AND other.former = 'retaken'
        ) + (
          SELECT shown.is_reroll
          FROM batch_item AS item
          CROSS JOIN job AS shown ON shown.id = item.job_id
          WHERE item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL)
      """
    let arguments: StatementArguments = ["batch": batch, "rerolls": rerolls]
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.orphan (job_id)
        SELECT job_id FROM batch_item WHERE id IN (\(takes))
        """, arguments: arguments)
    try db.execute(
      sql: "DELETE FROM batch_item WHERE id IN (\(takes))", arguments: arguments)
    return db.changesCount
  }

  /// Deletes former rows whose job their line has again.
  ///
  /// Those of a line whose words others have, too, stay: they hold its takes, and what a person chose. While
  /// the job is open they do not, since it is no former one.
  static func forgetReturned(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        DELETE FROM batch_item INDEXED BY batch_item_former
        WHERE batch_id = :batch AND former IS NOT NULL
          AND (
            EXISTS (
              SELECT 1
              FROM batch_item AS item
              WHERE item.batch_id = :batch AND item.line = batch_item.line AND item.former IS NULL
                AND +item.job_id = batch_item.job_id)
            OR former <> 'retaken'
              AND (SELECT state FROM job WHERE id = job_id) NOT IN \(States.ended)
              AND EXISTS (
                SELECT 1
                FROM batch_item AS item
                WHERE item.job_id = batch_item.job_id AND item.batch_id = :batch
                  AND item.former IS NULL))
        """, arguments: ["batch": batch])
  }

  /// Deletes unsent jobs that only the jobs in `temp.selected` needed, which were just cancelled.
  static func dropNeedsOfSelected(_ db: Database, at now: Timestamp) throws {
    try begin(db)
    try db.execute(
      sql: """
        INSERT INTO temp.orphan (job_id)
        WITH RECURSIVE needed (id) AS (
          SELECT needs_id FROM temp.selected CROSS JOIN job_need ON job_id = selected.id
          UNION
          SELECT needs_id FROM needed CROSS JOIN job_need ON job_id = needed.id
        )
        SELECT id FROM needed
        """)
    try dropOrphans(db, at: now)
  }

  /// Gives up the takes that csmd added to lines which a person just pinned, since they show none of them.
  ///
  /// Those that were never sent are deleted, and no turn waits for the others.
  static func dropAddedTakes(of lines: [Int64], _ db: Database, at now: Timestamp) throws {
    try begin(db)
    for line in lines {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO temp.retired (id) VALUES (?)")
        .execute(arguments: [line])
    }
    let takes = """
      FROM temp.retired
      CROSS JOIN batch_item AS item ON item.id = retired.id
      CROSS JOIN batch_item AS take ON take.batch_id = item.batch_id AND take.line = item.line
        AND take.former = 'retaken'
      CROSS JOIN job ON job.id = take.job_id AND job.is_reroll = 1
        AND job.state NOT IN \(States.settled)
      """
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.orphan (job_id) SELECT take.job_id \(takes);
        DELETE FROM batch_item
        WHERE id IN (SELECT take.id \(takes)) AND \(isUnsent("batch_item.job_id"));
        """)
    let waiting = try Int64.fetchAll(
      db,
      sql: """
        DELETE FROM job_need
        WHERE needs_id IN (SELECT job_id FROM temp.orphan)
          AND NOT EXISTS (
            SELECT 1
            FROM batch_item AS take
            CROSS JOIN batch_item AS item
              ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
                AND NOT item.is_pinned
            WHERE take.job_id = job_need.needs_id
              AND (take.former IS NULL OR take.former = 'retaken'))
        RETURNING job_id
        """)
    if !waiting.isEmpty { try JobTable.release(db, "id IN \(waiting)", at: now) }
    try dropOrphans(db, at: now)
  }

  /// Deletes unsent jobs that no line wants any longer.
  ///
  /// Those that other lines want stop waiting for the budget of a batch that they have left.
  static func dropOrphans(_ db: Database, at now: Timestamp) throws {
    // What they needed may have been kept for them alone.
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO temp.orphan (job_id)
        WITH RECURSIVE needed (id) AS (
          SELECT needs_id
          FROM temp.orphan
          CROSS JOIN job_need ON job_need.job_id = orphan.job_id
          UNION
          SELECT needs_id
          FROM needed
          CROSS JOIN job_need ON job_need.job_id = needed.id)
        SELECT id FROM needed
        """)
    try db.execute(
      sql: """
        UPDATE job
        SET waits_for = NULL
        WHERE id IN (SELECT job_id FROM temp.orphan) AND waits_for = 'budget'
          AND NOT EXISTS (
            SELECT 1
            FROM batch_item AS item
            CROSS JOIN batch ON batch.id = item.batch_id
            WHERE item.job_id = job.id AND batch.exhausted_at IS NOT NULL);
        DELETE FROM temp.orphan
        WHERE NOT \(isUnsent("orphan.job_id"))
          OR EXISTS (SELECT 1 FROM batch_item WHERE job_id = orphan.job_id);
        -- A cancelled turn waits for nothing, and without them it can be retried all the same.
        DELETE FROM job_need
        WHERE needs_id IN (SELECT job_id FROM temp.orphan)
          AND (SELECT state FROM job WHERE id = job_need.job_id) = 'CANCELLED';
        """)
    // A turn does not wait for a take that csmd added to a line that no longer wants it.
    let waiting = try Int64.fetchAll(
      db,
      sql: """
        DELETE FROM job_need
        WHERE needs_id IN (
          SELECT job_id FROM temp.orphan CROSS JOIN job ON job.id = job_id AND job.is_reroll = 1)
        RETURNING job_id
        """)
    if !waiting.isEmpty { try JobTable.release(db, "id IN \(waiting)", at: now) }
    // What other jobs need stays, and what that needs. The submits of the others were all refused.
    try db.execute(
      sql: """
        WITH RECURSIVE needed (id) AS (
          SELECT needs_id
          FROM temp.orphan
          CROSS JOIN job_need ON needs_id = orphan.job_id
          WHERE job_need.job_id NOT IN (SELECT job_id FROM temp.orphan)
          UNION
          SELECT needs_id FROM needed CROSS JOIN job_need ON job_id = needed.id
        )
        DELETE FROM temp.orphan WHERE job_id IN (SELECT id FROM needed);
        DELETE FROM submission WHERE job_id IN (SELECT job_id FROM temp.orphan);
        DELETE FROM job WHERE id IN (SELECT job_id FROM temp.orphan);
        """)
  }
}
