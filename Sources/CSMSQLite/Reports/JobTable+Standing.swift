import CSMCore
import GRDB

// The standing of a batch, or of everything.

extension JobTable {
  /// The standing of a batch, or of everything.
  package struct Standing: Sendable {
    /// Lines by the state of their job.
    package var lines: [JobState.Name: Int] = [:]
    /// Characters of jobs in doubt that no person has decided on, and when the latest search for one of
    /// them began.
    ///
    /// `inDoubtSince` is nil if there are none.
    package var charactersInDoubt = 0
    package var inDoubtSince: Timestamp?
    /// Characters of jobs for which nothing is reserved yet, including those of former words and takes.
    package var charactersLeft = 0
    /// The cost of all submits so far.
    package var cost = Money.zero
    /// Jobs that ended lately, and when the first of them did.
    ///
    /// They ended since the time asked for, or since the oldest open job was added if that was later; at
    /// most the last thousand are counted.
    package var finishedLately = 0
    package var firstFinishedLately: Timestamp?
    /// When the oldest open job was added.
    package var oldestOpen: Timestamp?
    package var gates: [Gate] = []
    /// The budget of the batch, and those of other batches that its jobs wait for; or all budgets.
    package var budgets: [BudgetRow] = []
    /// How far the balance at fal reaches, over all batches; nil if it is unknown.
    package var reach: Reach?
    /// The account as csmd last read it; nil if it never did.
    package var account: Account?
    /// Open jobs of former words, other takes and removed lines.
    package var formerOpen = 0
    /// New takes that failed or are held; their lines keep what they have.
    package var takesEndedBadly = 0
    /// Lines whose jobs wait for room in a budget.
    package var waitingForBudget = 0
    /// Lines whose jobs wait for turns before them.
    package var waitingForTurns = 0
    /// Jobs on their way to fal, at fal, or on their way into the store.
    ///
    /// Includes jobs of former words and takes, and jobs of other lines that turns of the batch wait for.
    /// Over all batches, at most a thousand are counted.
    package var out = 0
    /// Jobs that wait here, including the same others.
    package var waiting = WaitingJobs()
    /// Whether csmd has still to judge audio, by itself or by the person's judge, which may add takes.
    package var isUnheard = false
    /// Why lines failed, are held or make no progress.
    package var causes: [Cause] = []
  }

  /// The standing of a batch, or of everything; takes some milliseconds, however many lines there are.
  ///
  /// - Parameters:
  ///   - lately: the time from which ended jobs count as recent.
  ///   - price: to compute how far the balance reaches; nil to skip that.
  ///   - explains: also includes the causes of ended lines.
  package func standing(
    batch: String?, lately: Timestamp, price: Price? = nil, explains: Bool = true
  ) throws -> Standing {
    try read { db in
      var standing = Standing()
      standing.account = try Self.account(db)
      standing.gates = try Self.gates(db)
      standing.budgets = try Self.budgets(db, batch: batch)
      let isWanted = try Self.isIn(batch: batch, db)
      let tally = try Tally(db, of: isWanted)
      if let batch, tally.waiting.forBudget > 0 {
        standing.budgets += try Self.budgets(db, beside: batch)
      }
      standing.lines = tally.lines
      standing.waitingForTurns = tally.linesForTurns
      standing.waitingForBudget = tally.linesForBudget
      standing.oldestOpen = tally.oldestOpen
      let total = try Total(db)
      standing.charactersLeft = batch == nil ? total.characters : tally.characters
      standing.cost = try batch.map { try Self.cost(db, of: $0) } ?? total.cost
      standing.reach = try price.flatMap { try Self.reach(db, price: $0, total) }
      try Self.countDoubt(db, of: isWanted, &standing)
      try Self.countEnded(db, of: isWanted, since: lately, &standing)
      try Self.countFormer(db, of: isWanted, &standing)
      if batch == nil {
        try Self.countWork(db, &standing)
      } else {
        try Self.countWork(db, of: isWanted, tally, &standing)
      }
      standing.isUnheard = try SecondHearing.isDue(in: batch, db) || Self.isJudging(isWanted, db)
      standing.causes = try Self.causes(db, of: isWanted, withEnded: explains)
      return standing
    }
  }

  private static func cost(_ db: Database, of batch: String) throws -> Money {
    try Money.fetchOne(
      db.cachedStatement(sql: "SELECT \(Tally.figure("cost")) FROM batch WHERE name = ?"),
      arguments: [batch]) ?? .zero
  }

  private static func countDoubt(
    _ db: Database, of isWanted: SQL, _ standing: inout Standing
  ) throws {
    let doubt: SQLRequest<Row> = """
      SELECT \(sql: saturatingSum("chars")) AS chars, max(unknown_since) AS since
      FROM job
      WHERE state = 'UNKNOWN' AND NOT retry_wanted AND NOT cancel_wanted
        AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND former IS NULL AND \(isWanted))
      """
    guard let row = try doubt.fetchOne(db) else { return }
    standing.charactersInDoubt = row["chars"]
    standing.inDoubtSince = row["since"]
  }

  /// The most jobs that the pace is computed from.
  private static let latelyMax = 1000

  private static func countEnded(
    _ db: Database, of isWanted: SQL, since lately: Timestamp, _ standing: inout Standing
  ) throws {
    // Work that ended before the open work was added says nothing about its pace.
    let begin = max(lately, standing.oldestOpen ?? lately)
    let finished: SQLRequest<Row> = """
      SELECT count(*) AS jobs, min(job.finished_at) AS first
      FROM (
        SELECT id
        FROM job AS ended INDEXED BY job_finished
        WHERE finished_at >= \(begin)
          AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = ended.id AND \(isWanted))
        ORDER BY finished_at DESC
        LIMIT \(latelyMax)) AS late
      CROSS JOIN job ON job.id = late.id AND job.state IN ('STORED', 'FAILED')
      """
    guard let row = try finished.fetchOne(db) else { return }
    standing.finishedLately = row["jobs"]
    standing.firstFinishedLately = row["first"]
  }

  private static func countFormer(
    _ db: Database, of isWanted: SQL, _ standing: inout Standing
  ) throws {
    let former: SQLRequest<Int> = """
      SELECT count(DISTINCT job.id)
      FROM batch_item AS item INDEXED BY batch_item_former
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
  }

  /// The highest count, where only zero or not zero matters.
  private static let countMax = 1000

  /// Counts what is out and what waits, over all batches: this decides whether anything goes on by itself.
  private static func countWork(_ db: Database, _ standing: inout Standing) throws {
    func count(_ jobs: SQL) throws -> Int {
      let request: SQLRequest<Int> =
        "SELECT count(*) FROM (SELECT 1 FROM job \(jobs) LIMIT \(countMax))"
      return try request.fetchOne(db) ?? 0
    }
    standing.out = try count("WHERE state IN \(sql: States.active)")
    standing.waiting = WaitingJobs(
      due: try count("INDEXED BY job_line WHERE state = 'QUEUED' AND waits_for IS NULL"),
      forTurns: try count("WHERE waits_for = 'turns'"),
      forBudget: try count("WHERE waits_for = 'budget'"))
  }

  /// Counts the same for one batch, including jobs of other lines that its turns wait for.
  private static func countWork(
    _ db: Database, of isWanted: SQL, _ tally: Tally, _ standing: inout Standing
  ) throws {
    let out: SQLRequest<Int> = """
      SELECT count(*)
      FROM job INDEXED BY job_state
      WHERE state IN \(sql: States.active)
        AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND \(isWanted))
      """
    standing.out = try out.fetchOne(db) ?? 0
    standing.waiting = tally.waiting
    guard tally.waiting.forTurns > 0 else { return }
    let needed: SQLRequest<Row> = """
      WITH RECURSIVE needed (id) AS (
        SELECT need.needs_id
        FROM job INDEXED BY job_waits
        CROSS JOIN job_need AS need ON need.job_id = job.id
        WHERE job.waits_for = 'turns'
          AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND \(isWanted))
        UNION
        SELECT needs_id FROM needed CROSS JOIN job_need ON job_need.job_id = needed.id
      )
      SELECT count(*) FILTER (WHERE job.state <> 'QUEUED') AS out,
        count(*) FILTER (WHERE job.state = 'QUEUED' AND waits_for IS NULL) AS due,
        count(*) FILTER (WHERE waits_for = 'turns') AS turns,
        count(*) FILTER (WHERE waits_for = 'budget') AS budget
      FROM needed
      CROSS JOIN job ON job.id = needed.id
      WHERE job.state IN \(sql: States.open)
        AND NOT EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND \(isWanted))
      """
    guard let row = try needed.fetchOne(db) else { return }
    standing.out += row["out"]
    standing.waiting.due += row["due"]
    standing.waiting.forTurns += row["turns"]
    standing.waiting.forBudget += row["budget"]
  }

  /// Jobs in the queue, and jobs that wait outside it.
  package struct WaitingJobs: Sendable, Equatable {
    /// Jobs that may be claimed when they are due.
    package var due = 0
    /// Jobs that wait for jobs before them.
    package var forTurns = 0
    /// Jobs that wait for room in their batch's budget.
    package var forBudget = 0
  }
}
