import CSMCore
import GRDB

// What batches may cost. A claim checks whether there is room, and the table refuses one without
// (`JobTable+Commit`). Jobs without room wait outside the queue (`job.waits_for`) and block nobody.

extension JobTable {
  /// A batch with a budget, and what is spent of it.
  package struct BudgetRow: Sendable, Equatable {
    package let batch: String
    package let limit: Money
    /// What the submits of the batch's jobs cost, including money reserved or in doubt.
    package let spent: Money
    /// When the batch's jobs began to wait for room; nil if they do not wait.
    package let exhaustedAt: Timestamp?
    /// What the next job costs, which does not fit; nil if no job waits.
    package let nextCost: Money?
    /// Jobs that wait for room.
    package let waiting: Int

    package var isExhausted: Bool { exhaustedAt != nil }

    /// Why the batch's jobs wait, as a sentence.
    package var reason: String {
      let next = nextCost.map { ", and the next line costs $\($0.dollars)" } ?? ""
      return "batch \(batch): $\(spent.dollars) of its budget of $\(limit.dollars) is spent or "
        + "reserved\(next)"
    }
  }

  /// The budget of this batch, or the budgets of all batches that have one, by name.
  package func budgets(batch: String? = nil) throws -> [BudgetRow] {
    try read { try Self.budgets($0, batch: batch) }
  }

  static func budgets(_ db: Database, batch: String?) throws -> [BudgetRow] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT name, budget, coalesce(spent, 0) AS spent, exhausted_at, next_cost,
            CASE WHEN exhausted_at IS NULL THEN 0 ELSE (
              SELECT count(DISTINCT item.job_id)
              FROM job
              CROSS JOIN batch_item AS item ON item.job_id = job.id AND item.batch_id = batch.id
              WHERE job.waits_for = 'budget') END AS waiting
          FROM batch
          WHERE budget IS NOT NULL AND (:name IS NULL OR name = :name)
          ORDER BY name
          """), arguments: ["name": batch]
    ).map { row in
      BudgetRow(
        batch: row["name"], limit: row["budget"], spent: row["spent"],
        exhaustedAt: row["exhausted_at"], nextCost: row["next_cost"], waiting: row["waiting"])
    }
  }

  /// The budgets of other batches for which jobs of this batch wait, since both have their words.
  static func budgets(_ db: Database, beside batch: String) throws -> [BudgetRow] {
    let others = try String.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT other.name
          FROM batch
          CROSS JOIN job
          CROSS JOIN batch_item AS item ON item.job_id = job.id AND item.batch_id = batch.id
          CROSS JOIN batch_item AS shared ON shared.job_id = job.id AND shared.batch_id <> batch.id
          CROSS JOIN batch AS other ON other.id = shared.batch_id AND other.exhausted_at IS NOT NULL
          WHERE batch.name = ? AND job.waits_for = 'budget'
          ORDER BY other.name
          """), arguments: [batch])
    return try others.flatMap { try budgets(db, batch: $0) }
  }

  /// Sets or removes a batch's budget, and puts its waiting jobs back into the queue.
  ///
  /// - Parameter limit: nil for no budget.
  /// - Returns: false if there is no such batch.
  package func setBudget(of batch: String, to limit: Money?) throws -> Bool {
    try write { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM batch WHERE name = ?", arguments: [batch])
      guard let id else { return false }
      try Self.setBudget(db, of: id, to: limit)
      return true
    }
  }

  static func setBudget(_ db: Database, of batch: Int64, to limit: Money?) throws {
    try db.execute(
      sql: """
        UPDATE batch
        SET budget = :limit, spent = iif(:limit IS NULL, NULL, 0), exhausted_at = NULL,
          next_cost = NULL
        WHERE id = :batch
        """, arguments: ["limit": limit, "batch": batch])
    try recount(db, batch)
    try letTryAgain(db, [batch])
  }

  /// A billion dollars: the most a budget's sum may hold, leaving room to add a submit.
  private static let spentMax = 1_000_000_000_000_000

  /// Recomputes sums that csm cannot have written and to which no submit could be added.
  package func recountBudgets() throws {
    let batches = try read { db in
      try Int64.fetchAll(
        db,
        sql: """
          SELECT id
          FROM batch
          WHERE budget IS NOT NULL AND (spent IS NULL OR spent NOT BETWEEN 0 AND \(Self.spentMax))
          """)
    }
    guard !batches.isEmpty else { return }
    try write { db in for batch in batches { try Self.recount(db, batch) } }
  }

  /// Recomputes what a batch has spent, after lines joined or left it.
  static func recount(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        UPDATE batch
        SET spent = (
          SELECT max(0, min(\(saturatingSum("submission.cost")), \(spentMax)))
          FROM (SELECT DISTINCT job_id FROM batch_item WHERE batch_id = :batch) AS wanted
          CROSS JOIN submission ON submission.job_id = wanted.job_id)
        WHERE id = :batch AND budget IS NOT NULL
        """, arguments: ["batch": batch])
  }

  /// Puts the waiting jobs of these batches back into the queue.
  ///
  /// If there is still no room, the next claim takes them out again.
  static func letTryAgain(_ db: Database, _ batches: some Sequence<Int64>) throws {
    for batch in batches {
      try db.execute(
        sql: """
          UPDATE batch
          SET exhausted_at = NULL, next_cost = NULL
          WHERE id = ? AND exhausted_at IS NOT NULL
          """, arguments: [batch])
      try db.execute(
        sql: """
          UPDATE job
          SET waits_for = NULL
          WHERE waits_for = 'budget'
            AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND batch_id = ?)
          """, arguments: [batch])
    }
  }

  // MARK: For the daemon

  /// The budgets of the batches that these jobs belong to.
  static func budgets(_ db: Database, of jobs: [Job]) throws -> BatchBudgets {
    let statement = try db.cachedStatement(
      sql: """
        SELECT batch.id, batch.name, batch.budget, coalesce(batch.spent, 0) AS spent
        FROM batch_item AS item
        CROSS JOIN batch ON batch.id = item.batch_id
        WHERE item.job_id = ? AND batch.budget IS NOT NULL
        """)
    let areAdded = jobs.contains(where: \.isReroll)
    var promised: [BatchBudget.ID: Int] = [:]
    var budgets = BatchBudgets()
    for job in jobs {
      for row in try Row.fetchAll(statement, arguments: [job.id]) {
        let batch: BatchBudget.ID = row["id"]
        if areAdded, promised[batch] == nil { promised[batch] = try Self.promised(db, by: batch) }
        budgets.note(
          job.id,
          in: BatchBudget(
            id: batch, name: row["name"], limit: row["budget"], spent: row["spent"],
            promised: promised[batch] ?? 0))
      }
    }
    return budgets
  }

  /// The characters of a batch's queued jobs, without the takes that only csmd wants.
  private static func promised(_ db: Database, by batch: BatchBudget.ID) throws -> Int {
    let added = """
      (
        SELECT total(chars)
        FROM job INDEXED BY job_added
        WHERE is_reroll = 1 AND state = 'QUEUED' AND \(Job.isAdded)
          AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND batch_id = :batch))
      """
    return try Int.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT \(Tally.figure("total(chars) - \(added)"))
          FROM tally
          WHERE batch_id = :batch AND state = 'QUEUED'
          """), arguments: ["batch": batch]) ?? 0
  }

  /// Takes a batch's waiting jobs out of the queue, if there is still no room for the next one.
  static func exhaust(_ exhausted: ExhaustedBudget, _ db: Database, _ now: Timestamp) throws {
    let batch = exhausted.budget.id
    try db.cachedStatement(
      sql: """
        UPDATE batch
        SET exhausted_at = coalesce(exhausted_at, :now), next_cost = :cost
        WHERE id = :batch AND spent + :cost > budget
        """
    ).execute(arguments: [
      "batch": batch, "cost": exhausted.nextCost, "now": now,
    ])
    guard db.changesCount > 0 else { return }
    try db.cachedStatement(
      sql: """
        UPDATE job
        SET waits_for = 'budget'
        WHERE state = 'QUEUED' AND waits_for IS NULL
          AND id IN (SELECT job_id FROM batch_item WHERE batch_id = ?)
        """
    ).execute(arguments: [batch])
  }

  /// Puts the jobs of exhausted batches back into the queue if there is room again.
  ///
  /// Room comes from money that was reserved but not spent. Batches with a submit out are left alone.
  ///
  /// - Returns: whether any job was put back.
  static func releaseBudgets(_ db: Database) throws -> Bool {
    let batches = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id
          FROM batch INDEXED BY batch_exhausted
          WHERE exhausted_at IS NOT NULL AND spent + next_cost <= budget
            AND NOT EXISTS (
              SELECT 1
              FROM job
              CROSS JOIN batch_item AS item ON item.job_id = job.id AND item.batch_id = batch.id
              WHERE job.state IN \(States.out))
          """))
    try letTryAgain(db, batches)
    return !batches.isEmpty
  }
}
