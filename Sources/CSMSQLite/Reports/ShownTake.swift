import CSMCore
import GRDB

/// Which take a line shows: the one that is listed, counted and exported.
///
/// A line's own row (without `former`) has the job of that take. Each other take has a row of its own,
/// `retaken`, with `is_next` if the line is to show it. A pending take never replaces a durable one:
///
/// - A line with audio keeps it until a take that is no worse is stored (`LineRow.replaces`), or a
///   verdict shows another stored take to be better; the transaction that writes either changes the
///   line. A take that fails, is held or is cancelled changes nothing.
/// - A line without audio shows its newest take at once, and then whichever take is stored.
/// - `pick` makes a line show any stored take, and `accept` keeps the one it shows; no later take
///   replaces it, unless its audio got lost and a person wants new takes.
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
    let rows = try Row.fetchAll(db.cachedStatement(sql: silent), arguments: ["job": job])
    for row in rows {
      try make(Change(line: row["line"], other: row["other"], shown: row["shown"], next: job), db)
    }
    try review(job, &hearings, db)
    try db.cachedStatement(sql: outdate).execute(arguments: ["job": job])
  }

  /// Makes the lines that have a take show the best of their stored takes, unless a person chose one.
  ///
  /// In whatever order takes and verdicts come, the result is the same.
  static func review(_ job: Job.ID, _ hearings: inout Hearings, _ db: Database) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: alternatives), arguments: ["job": job])
    for (line, others) in Dictionary(grouping: rows, by: { $0["line"] as Int64 }) {
      try review(line, among: others.map { $0["other"] }, &hearings, db)
    }
  }

  /// Makes a line show the best of its takes, as far as they are stored.
  static func review(
    _ line: Int64, among others: [Int64], _ hearings: inout Hearings, _ db: Database
  ) throws {
    guard !others.isEmpty else { return }
    let takes = try LineRow.fetch([line] + others, &hearings, db)
    let inOrder = takes.filter { $0.value.state == .stored }
      .sorted { ($0.value.take, $0.value.id) < ($1.value.take, $1.value.id) }
    guard let shown = takes[line], var best = inOrder.first else { return }
    for next in inOrder.dropFirst() where next.value.replaces(best.value) { best = next }
    guard best.key != line else { return }
    try make(Change(line: line, other: best.key, shown: shown.id, next: best.value.id), db)
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

  /// SQL: whether the row `take` is a take of the line of another row, or that row itself.
  ///
  /// In this form, SQLite reads the rows of the line alone, not those of its batch.
  static func isTake(of item: String) -> String {
    let isOfLine = "take.batch_id = \(item).batch_id AND take.line = \(item).line"
    return "(\(isOfLine) AND take.former IS NULL OR \(isOfLine) AND take.former = 'retaken')"
  }

  /// Lines without audio that have a stored take, except pinned ones: the audio that a person chose got
  /// lost, and may come back.
  static let silent = """
    SELECT item.id AS line, take.id AS other, item.job_id AS shown
    FROM batch_item AS take
    CROSS JOIN batch_item AS item
      ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
        AND NOT item.is_pinned
    CROSS JOIN job AS shown ON shown.id = item.job_id AND shown.state <> 'STORED'
    WHERE take.job_id = :job AND take.former = 'retaken'
    """

  /// The other stored takes of the lines that have a take, except pinned lines and those without audio.
  static let alternatives = """
    SELECT item.id AS line, other.id AS other
    FROM batch_item AS take
    CROSS JOIN batch_item AS item
      ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
        AND NOT item.is_pinned
    CROSS JOIN job AS shown ON shown.id = item.job_id AND shown.state = 'STORED'
    CROSS JOIN batch_item AS other
      ON other.batch_id = item.batch_id AND other.line = item.line AND other.former = 'retaken'
    CROSS JOIN job AS kept ON kept.id = other.job_id AND kept.state = 'STORED'
    WHERE take.job_id = :job AND (take.former IS NULL OR take.former = 'retaken')
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
    // Nobody chose the take that it shows now.
    try db.execute(
      sql: "UPDATE batch_item SET job_id = ?, is_pinned = 0 WHERE id = ?", arguments: [last, line])
  }
}

extension LineRow {
  /// Whether a line shows this take instead of an older one, as far as nobody chose.
  ///
  /// A take that a person wanted need only be no worse.
  fileprivate func replaces(_ older: LineRow) -> Bool {
    isReroll ? rank < older.rank : !rank.isMarkedMore(than: older.rank)
  }
}
