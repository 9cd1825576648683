import CSMCore
import GRDB

/// Which take a line shows: the one that is listed, counted and exported.
///
/// A line's own row (without `former`) has the job of that take. Each other take has a row of its own,
/// `retaken`, with `is_next` if the line is to show it. A pending take never replaces a durable one:
///
/// - A line with audio keeps it until a newer take with `is_next` is stored and is no worse (`TakeRank`).
///   The transaction that stores the take also makes the line show it. A take that fails, is held or is
///   cancelled changes nothing.
/// - A line without audio shows its newest take at once, and then whichever take is stored.
/// - `pick` makes a line show any stored take, and `accept` keeps the one it shows; no later take replaces
///   it.
enum ShownTake {
  /// A line, and the row of the take that it is to show.
  struct Change {
    let line: Int64
    let other: Int64
    /// The jobs of both before the change.
    let shown: Job.ID
    let next: Job.ID
  }

  /// Makes lines show a take that was just stored, if they should.
  static func follow(_ job: Job.ID, _ hearings: inout Hearings, _ db: Database) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: query), arguments: ["job": job])
    for row in rows {
      let change = Change(line: row["line"], other: row["other"], shown: row["shown"], next: job)
      let isBetter =
        try !row["has_audio"]
        || takes(change, &hearings, db)
      if isBetter { try make(change, db) }
    }
    try db.cachedStatement(sql: outdate).execute(arguments: ["job": job])
  }

  /// Whether the new take of a line with audio replaces it.
  private static func takes(
    _ change: Change, _ hearings: inout Hearings, _ db: Database
  ) throws -> Bool {
    let lines = try LineRow.fetch([change.line, change.other], &hearings, db)
    guard let shown = lines[change.line], let new = lines[change.other] else { return false }
    return new.isReroll ? new.rank < shown.rank : !new.rank.isMarkedMore(than: shown.rank)
  }

  /// Pins a line to the take that it shows.
  static func pin(_ line: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "UPDATE batch_item SET is_pinned = 1 WHERE id = ?")
      .execute(arguments: [line])
    try db.cachedStatement(
      sql: """
        UPDATE batch_item
        SET is_next = 0
        WHERE is_next = 1
          AND (batch_id, line) = (SELECT batch_id, line FROM batch_item WHERE id = ?)
        """
    ).execute(arguments: [line])
  }

  static let query = """
    SELECT item.id AS line, take.id AS other, item.job_id AS shown, shown.state = 'STORED' AS has_audio
    FROM batch_item AS take
    CROSS JOIN batch_item AS item
      ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
    CROSS JOIN job AS shown ON shown.id = item.job_id
    CROSS JOIN job AS stored ON stored.id = take.job_id
    WHERE take.job_id = :job AND take.former = 'retaken'
      AND (
        shown.state <> 'STORED'
        OR take.is_next AND NOT item.is_pinned AND shown.take < stored.take)
    """

  /// Clears `is_next` of the stored take, and of takes older than a line's audio.
  static let outdate = """
    UPDATE batch_item
    SET is_next = 0
    WHERE job_id = :job AND is_next = 1 OR id IN (
      SELECT take.id
      FROM batch_item AS item
      CROSS JOIN batch_item AS take
        ON take.batch_id = item.batch_id AND take.line = item.line AND take.is_next = 1
      CROSS JOIN job ON job.id = take.job_id
      WHERE item.job_id = :job AND item.former IS NULL
        AND job.take < (SELECT take FROM job WHERE id = :job))
    """

  /// Swaps a line's take with another; the old one may come back if it is still open.
  static func make(_ change: Change, _ db: Database) throws {
    try db.cachedStatement(sql: "UPDATE batch_item SET job_id = ? WHERE id = ?")
      .execute(arguments: [change.next, change.line])
    try db.cachedStatement(
      sql: """
        UPDATE batch_item
        SET job_id = :shown, is_next = (SELECT state FROM job WHERE id = :shown)
          NOT IN \(States.ended)
        WHERE id = :other
        """
    ).execute(arguments: ["shown": change.shown, "other": change.other])
  }

  /// Lists jobs as takes that a line is to show; a line without audio shows the last one at once.
  static func offer(_ jobs: [Job.ID], to line: Int64, hasAudio: Bool, _ db: Database) throws {
    let copy = try db.cachedStatement(
      sql: """
        INSERT INTO batch_item (\(ItemColumns.copied), job_id, former, is_next)
        SELECT \(ItemColumns.copied), coalesce(:job, job_id), 'retaken',
          :job IS NOT NULL AND NOT is_pinned
        FROM batch_item
        WHERE id = :line
        """)
    let takes = hasAudio ? jobs.map(Optional.some) : [nil] + jobs.dropLast().map(Optional.some)
    for job in takes { try copy.execute(arguments: ["line": line, "job": job]) }
    guard !hasAudio, let last = jobs.last else { return }
    try db.execute(
      sql: "UPDATE batch_item SET job_id = ? WHERE id = ?", arguments: [last, line])
  }
}
