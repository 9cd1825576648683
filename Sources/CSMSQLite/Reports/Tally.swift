import CSMCore
import GRDB

/// How many lines and jobs of a batch, or of all batches, are in each state.
///
/// The table counts resting jobs as it is written (migration 0014). The few that csmd works on are counted
/// here.
struct Tally {
  /// Present lines by the state of their job.
  var lines: [JobState.Name: Int] = [:]
  /// Queued jobs by what they wait for, and their characters; a job counts once per batch.
  var waiting = JobTable.WaitingJobs()
  var characters = 0
  /// Lines whose jobs wait outside the queue.
  var linesForTurns = 0
  var linesForBudget = 0
  /// When the oldest open job was added.
  var oldestOpen: Timestamp?

  /// - Parameter isWanted: the condition on the batch's row id.
  init(_ db: Database, of isWanted: SQL) throws {
    let resting: SQLRequest<Row> = """
      SELECT state, waits_for, \(sql: Self.figure("total(lines)")) AS lines,
        \(sql: Self.figure("total(jobs)")) AS jobs, \(sql: Self.figure("total(chars)")) AS chars,
        min(iif(lines > 0, added_at, NULL)) AS oldest
      FROM tally
      WHERE \(isWanted)
      GROUP BY state, waits_for
      """
    for row in try resting.fetchAll(db) { count(row) }
    let atWork: SQLRequest<Row> = """
      SELECT job.state, count(*) AS lines, min(job.created_at) AS oldest
      FROM job INDEXED BY job_state
      CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
      WHERE job.state IN \(sql: States.active) AND item.former IS NULL AND \(isWanted)
      GROUP BY job.state
      """
    for row in try atWork.fetchAll(db) { add(row, to: JobState.Name(column: row["state"])) }
  }

  /// A count, clamped so that it can be added to others: anybody may have overwritten it.
  static func figure(_ column: String) -> String {
    "CAST(max(0, min(\(column), 1000000000000000)) AS INTEGER)"
  }

  private mutating func count(_ row: Row) {
    let state = JobState.Name(column: row["state"])
    add(row, to: state)
    guard state == .queued else { return }
    characters += row["chars"]
    switch row["waits_for"] as String {
    case "turns":
      waiting.forTurns += row["jobs"]
      linesForTurns += row["lines"]
    case "budget":
      waiting.forBudget += row["jobs"]
      linesForBudget += row["lines"]
    default: waiting.due += row["jobs"]
    }
  }

  private mutating func add(_ row: Row, to state: JobState.Name) {
    let count: Int = row["lines"]
    guard count != 0 else { return }
    lines[state, default: 0] += count
    guard !state.isEnded, let oldest: Timestamp = row["oldest"] else { return }
    oldestOpen = min(oldestOpen ?? oldest, oldest)
  }
}

extension Tally {
  /// The counts computed from the rows themselves, in the form of the table `tally`.
  ///
  /// The migration that made `tally` filled it with the same query. A migration never changes, while this
  /// one follows the schema.
  private static let counted = """
    SELECT wanted.batch_id, job.state, coalesce(job.waits_for, '') AS waits_for,
      iif(job.state = 'QUEUED', job.created_at, 0) AS added_at, sum(wanted.lines) AS lines, count(*) AS jobs,
      sum(min(job.chars, 1000000000000)) AS chars
    FROM (
      SELECT batch_id, job_id, count(*) FILTER (WHERE former IS NULL) AS lines
      FROM batch_item
      GROUP BY batch_id, job_id) AS wanted
    CROSS JOIN job ON job.id = wanted.job_id
    WHERE job.state = 'QUEUED' OR job.finished_at IS NOT NULL
    GROUP BY 1, 2, 3, 4
    """

  private static let cost = """
    (
      SELECT coalesce(sum(min(submission.cost, 1000000000000)), 0)
      FROM (SELECT DISTINCT job_id FROM batch_item WHERE batch_id = batch.id) AS wanted
      CROSS JOIN submission ON submission.job_id = wanted.job_id)
    """

  private static let total = """
    SELECT count(*) AS jobs, count(*) FILTER (WHERE state = 'QUEUED') AS queued,
      coalesce(sum(min(chars, 1000000000000)) FILTER (WHERE state = 'QUEUED'), 0) AS chars,
      (SELECT coalesce(sum(min(cost, 1000000000000)), 0) FROM submission) AS cost
    FROM job
    """

  /// Whether the table's counts differ from its rows.
  static func isWrong(_ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM batch WHERE cost <> \(cost))
          OR EXISTS (\(counted) EXCEPT SELECT * FROM tally)
          OR EXISTS (SELECT * FROM tally EXCEPT \(counted))
          OR EXISTS (\(total) EXCEPT SELECT jobs, queued, chars, cost FROM total)
        """) ?? true
  }

  static func recount(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM tally;
        INSERT INTO tally (batch_id, state, waits_for, added_at, lines, jobs, chars) \(counted);
        DELETE FROM total;
        INSERT INTO total (id, jobs, queued, chars, cost) SELECT 1, * FROM (\(total));
        UPDATE batch SET cost = \(cost);
        """)
  }
}

/// The table's running counts over all jobs.
struct Total {
  var jobs = 0
  /// Queued jobs and their characters.
  var queued = 0
  var characters = 0
  /// What all submits cost.
  var cost = Money.zero

  init(_ db: Database) throws {
    let columns = ["jobs", "queued", "chars", "cost"].map(Tally.figure).joined(separator: ", ")
    guard let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT \(columns) FROM total"))
    else { return }
    (jobs, queued, characters) = (row[0], row[1], row[2])
    cost = row[3]
  }
}

extension JobTable {
  /// Whether the table's counts differ from its rows because somebody overwrote them.
  package func isMiscounted() throws -> Bool { try read(Self.isMiscounted) }

  package static func isMiscounted(_ db: Database) throws -> Bool { try Tally.isWrong(db) }

  /// Recounts all lines and costs.
  package func recount() throws { try write(Tally.recount) }
}
