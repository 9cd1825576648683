import CSMCore
import GRDB

// What batches may cost. A claim asks whether there is room, and is refused by the table where there is
// none (`JobTable+Commit`); what has no room waits outside of the line (`job.waits_for`), in nobody's way.

extension JobTable {
  /// A batch with a budget, and where its money stands.
  package struct BudgetRow: Sendable, Equatable {
    package let batch: String
    package let limit: Money
    /// What the submits of the batch's jobs cost, with what is set aside or in doubt.
    package let spent: Money
    /// Since when the batch's jobs wait for room; nil when they do not.
    package let exhaustedAt: Timestamp?
    /// What the next of them costs, for which there is no room.
    package let nextCost: Money?
    /// Jobs that wait for room.
    package let waiting: Int

    package var isExhausted: Bool { exhaustedAt != nil }

    /// Why the batch's jobs wait, in one sentence for people.
    package var reason: String {
      let next = nextCost.map { ", and the next line costs $\($0.dollars)" } ?? ""
      return "batch \(batch): $\(spent.dollars) of its budget of $\(limit.dollars) is spent or set "
        + "aside\(next)"
    }
  }

  /// The budgets of this batch, or of all batches that have one, by name.
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
        batch: row["name"], limit: Money(microDollars: row["budget"]),
        spent: Money(microDollars: row["spent"]),
        exhaustedAt: (row["exhausted_at"] as Int64?).map(Timestamp.init(milliseconds:)),
        nextCost: (row["next_cost"] as Int64?).map(Money.init(microDollars:)),
        waiting: row["waiting"])
    }
  }

  /// Gives a batch a budget, or takes it away, and lets its jobs try again.
  ///
  /// - Parameter limit: nil for none.
  /// - Returns: false when there is no batch of this name.
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
        """, arguments: ["limit": limit?.microDollars, "batch": batch])
    try recount(db, batch)
    try letTryAgain(db, [batch])
  }

  /// A budget's sum is at most so much, a billion dollars: what a submit adds to it has room above.
  private static let spentMax = 1_000_000_000_000_000

  /// Counts anew what no sum of ours can be: the next submit of the batch could not be added to it.
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

  /// Counts anew what a batch has cost, after lines joined or left it.
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

  /// Puts the jobs of these batches back into the line; where there is still no room, the next look at
  /// the line takes them out again.
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

  /// The budgets of the batches to which these jobs belong.
  static func budgets(_ db: Database, of jobs: [Job.ID]) throws -> BatchBudgets {
    let statement = try db.cachedStatement(
      sql: """
        SELECT batch.id, batch.name, batch.budget, coalesce(batch.spent, 0) AS spent
        FROM batch_item AS item
        CROSS JOIN batch ON batch.id = item.batch_id
        WHERE item.job_id = ? AND batch.budget IS NOT NULL
        """)
    var budgets = BatchBudgets()
    for job in jobs {
      for row in try Row.fetchAll(statement, arguments: [job]) {
        budgets.note(
          job,
          in: BatchBudget(
            id: row["id"], name: row["name"], limit: Money(microDollars: row["budget"]),
            spent: Money(microDollars: row["spent"])))
      }
    }
    return budgets
  }

  /// Takes the waiting jobs of a batch out of the line, if there still is no room for the next one.
  static func exhaust(_ exhausted: ExhaustedBudget, _ db: Database, _ now: Timestamp) throws {
    let batch = exhausted.budget.id
    try db.cachedStatement(
      sql: """
        UPDATE batch
        SET exhausted_at = coalesce(exhausted_at, :now), next_cost = :cost
        WHERE id = :batch AND spent + :cost > budget
        """
    ).execute(arguments: [
      "batch": batch, "cost": exhausted.nextCost.microDollars, "now": now.milliseconds,
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

  /// Puts the jobs of exhausted batches back into the line where nothing of the batch is out any more,
  /// and what was set aside and not spent leaves room for the next one.
  ///
  /// - Returns: whether there were any.
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
