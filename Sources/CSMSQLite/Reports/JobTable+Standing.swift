import CSMCore
import GRDB

// Where the work stands, in figures counted from the rows.

extension JobTable {
  /// Where a batch, or everything, stands: figures counted from the rows.
  package struct Standing: Sendable {
    /// Lines by the state of their job.
    package var lines: [JobState.Name: Int] = [:]
    /// Characters of the jobs whose submits have an unknown outcome on which no person has decided, and
    /// since when the last of them is looked for; nil where there is none.
    package var charactersInDoubt = 0
    package var inDoubtSince: Timestamp?
    /// Characters of the jobs for which nothing is set aside yet, those of former words and takes too.
    package var charactersLeft = 0
    /// What all submits cost so far.
    package var cost = Money.zero
    /// Jobs that ended since the moment asked about, or since the open work was added if that was
    /// later, and when the first of them did.
    package var finishedLately = 0
    package var firstFinishedLately: Timestamp?
    /// When the oldest job that is not ended was added.
    package var oldestOpen: Timestamp?
    package var gates: [Gate] = []
    package var budgets: [BudgetRow] = []
    /// How far the money at fal goes, for all batches; nil where the balance is not known.
    package var reach: Reach?
    /// The account when csmd last read it; nil where it has not.
    package var account: Account?
    /// Jobs that are not ended, of earlier words and other takes of lines, and of lines that are gone.
    package var formerOpen = 0
    /// New takes that failed or are held: their lines keep what they have.
    package var takesEndedBadly = 0
    /// Lines whose jobs wait for room in a budget.
    package var waitingForBudget = 0
    /// Lines whose jobs wait for turns before them.
    package var waitingForTurns = 0
    /// Jobs on their way to fal, at fal, or on their way into the store: with those of former words and
    /// takes, and those of other lines that turns of the batch need.
    package var out = 0
    /// Jobs that wait here, with the same.
    package var waiting = WaitingJobs()
    /// Why lines failed or are held.
    package var causes: [Cause] = []
  }

  /// Where the batch, or everything, stands.
  ///
  /// - Parameters:
  ///   - lately: since when ended jobs are counted as lately.
  ///   - price: for how far the money at fal goes; nil where nobody asks.
  package func standing(
    batch: String?, lately: Timestamp, price: Price? = nil
  ) throws -> Standing {
    try read { db in
      var standing = Standing()
      standing.account = try Self.account(db)
      standing.reach = try price.flatMap { try Self.reach(db, price: $0) }
      standing.gates = try Self.gates(db)
      standing.budgets = try Self.budgets(db, batch: batch)
      let isWanted: SQL =
        batch.map { "batch_id = (SELECT id FROM batch WHERE name = \($0))" } ?? "true"
      let isDecided = "job.retry_wanted OR job.cancel_wanted"
      // Each job counts once, but for its lines. The joins go from the lines to the jobs, so that a
      // small batch is quick in a large table.
      let byState: SQLRequest<Row> = """
        SELECT job.state, sum(wanted.lines) AS lines, min(job.created_at) AS oldest,
          \(sql: saturatingSum("iif(\(isDecided), 0, job.chars)")) AS chars,
          max(iif(\(sql: isDecided), NULL, job.unknown_since)) AS since,
          coalesce(sum(wanted.lines) FILTER (WHERE job.waits_for = 'budget'), 0) AS waiting,
          coalesce(sum(wanted.lines) FILTER (WHERE job.waits_for = 'turns'), 0) AS turns
        FROM (
          SELECT job_id, count(*) AS lines
          FROM batch_item
          WHERE former IS NULL AND \(isWanted)
          GROUP BY job_id
        ) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        GROUP BY job.state
        """
      for row in try byState.fetchAll(db) {
        let state = JobState.Name(column: row["state"])
        standing.lines[state, default: 0] += row["lines"]
        standing.waitingForBudget += row["waiting"]
        standing.waitingForTurns += row["turns"]
        if state == .unknown {
          standing.charactersInDoubt = row["chars"]
          standing.inDoubtSince = (row["since"] as Int64?).map(Timestamp.init(milliseconds:))
        }
        guard !state.isEnded else { continue }
        let oldest = Timestamp(milliseconds: row["oldest"])
        standing.oldestOpen = standing.oldestOpen.map { min($0, oldest) } ?? oldest
      }
      let cost: SQLRequest<Int64> =
        batch == nil
        ? "SELECT \(sql: saturatingSum("cost")) FROM submission"
        : """
        SELECT \(sql: saturatingSum("cost"))
        FROM (SELECT DISTINCT job_id FROM batch_item WHERE \(isWanted)) AS wanted
        CROSS JOIN submission ON submission.job_id = wanted.job_id
        """
      standing.cost = Money(microDollars: try cost.fetchOne(db) ?? 0)
      let left: SQLRequest<Int> =
        batch == nil
        ? "SELECT \(sql: saturatingSum("chars")) FROM job WHERE state = 'QUEUED'"
        : """
        SELECT \(sql: saturatingSum("job.chars"))
        FROM (SELECT DISTINCT job_id FROM batch_item WHERE \(isWanted)) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        WHERE job.state = 'QUEUED'
        """
      standing.charactersLeft = try left.fetchOne(db) ?? 0
      // What ended before the open work was added says nothing about its pace.
      let begin = max(lately, standing.oldestOpen ?? lately)
      let finished: SQLRequest<Row> = """
        SELECT count(*) AS jobs, min(finished_at) AS first
        FROM job
        WHERE finished_at >= \(begin.milliseconds) AND +state IN ('STORED', 'FAILED')
          AND EXISTS (SELECT 1 FROM batch_item WHERE \(isWanted) AND job_id = job.id)
        """
      if let row = try finished.fetchOne(db) {
        standing.finishedLately = row["jobs"]
        standing.firstFinishedLately = (row["first"] as Int64?).map(Timestamp.init(milliseconds:))
      }
      let former: SQLRequest<Int> = """
        SELECT count(DISTINCT job.id)
        FROM batch_item AS item
        CROSS JOIN job ON job.id = item.job_id
        WHERE item.former IS NOT NULL AND \(isWanted)
          AND job.state NOT IN \(sql: States.ended)
        """
      standing.formerOpen = try former.fetchOne(db) ?? 0
      let takes: SQLRequest<Int> = """
        SELECT count(DISTINCT job.id)
        FROM batch_item AS item
        CROSS JOIN job ON job.id = item.job_id
        WHERE item.is_next = 1 AND \(isWanted) AND job.state IN ('FAILED', 'HELD')
        """
      standing.takesEndedBadly = try takes.fetchOne(db) ?? 0
      try Self.countWork(db, of: batch, &standing)
      standing.causes = try Self.causes(db, of: isWanted)
      return standing
    }
  }

  /// Counts what is out and what waits: what decides whether anything goes on by itself.
  private static func countWork(
    _ db: Database, of batch: String?, _ standing: inout Standing
  ) throws {
    let counts: SQL = """
      SELECT count(*) FILTER (WHERE job.state <> 'QUEUED') AS out,
        count(*) FILTER (WHERE job.state = 'QUEUED' AND waits_for IS NULL) AS due,
        count(*) FILTER (WHERE waits_for = 'turns') AS turns,
        count(*) FILTER (WHERE waits_for = 'budget') AS budget
      """
    let isOpen: SQL = """
      job.state IN \(sql: States.open)
      """
    let request: SQLRequest<Row> =
      if let batch {
        """
        WITH RECURSIVE wanted (id) AS (
          SELECT job_id FROM batch_item WHERE batch_id = (SELECT id FROM batch WHERE name = \(batch))
          UNION
          SELECT needs_id FROM wanted CROSS JOIN job_need ON job_need.job_id = wanted.id
        )
        \(counts) FROM wanted CROSS JOIN job ON job.id = wanted.id WHERE \(isOpen)
        """
      } else {
        "\(counts) FROM job WHERE \(isOpen)"
      }
    guard let row = try request.fetchOne(db) else { return }
    standing.out = row["out"]
    standing.waiting = WaitingJobs(
      due: row["due"], forTurns: row["turns"], forBudget: row["budget"])
  }

  /// Jobs by state: what decides whether the work is over.
  package func jobCounts() throws -> [JobState.Name: Int] {
    try read { db in
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT state, count(*) AS jobs FROM job GROUP BY state"))
      return Dictionary(
        rows.map { row in
          (JobState.Name(column: row["state"]), row["jobs"] as Int)
        }, uniquingKeysWith: +)
    }
  }

  /// Jobs in the line, and those that wait outside of it.
  package struct WaitingJobs: Sendable, Equatable {
    /// May be claimed when they are due.
    package var due = 0
    /// Wait for jobs before them.
    package var forTurns = 0
    /// Wait for room in the budget of their batch.
    package var forBudget = 0
  }

  /// The jobs that wait, and for what.
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

  /// How many jobs failed or are held that a line wants as it is now, or a turn waits for.
  package func endedBadly() throws -> (failed: Int, held: Int) {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT count(*)
          FROM job
          WHERE state = ?
            AND (
              EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND former IS NULL)
              OR EXISTS (
                SELECT 1
                FROM job_need
                CROSS JOIN job AS next ON next.id = job_need.job_id
                WHERE job_need.needs_id = job.id AND next.waits_for = 'turns'))
          """)
      func count(_ state: JobState.Name) throws -> Int {
        try Int.fetchOne(statement, arguments: [state.rawValue]) ?? 0
      }
      return (try count(.failed), try count(.held))
    }
  }
}
