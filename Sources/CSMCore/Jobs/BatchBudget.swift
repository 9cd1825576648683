/// The budget of a batch and what it has spent.
package struct BatchBudget: Sendable, Equatable, Identifiable {
  /// The number of the batch.
  package let id: Int64
  package let name: String
  /// The most that submits of the batch's jobs may cost.
  package let limit: Money
  /// What they have cost, including reserved and uncertain amounts.
  package var spent: Money

  package init(id: Int64, name: String, limit: Money, spent: Money) {
    self.id = id
    self.name = name
    self.limit = limit
    self.spent = spent
  }
}

/// A batch that cannot afford its next job; all of its jobs wait.
package struct ExhaustedBudget: Sendable, Equatable {
  package let budget: BatchBudget
  /// The cost of the next job.
  package let nextCost: Money

  package init(budget: BatchBudget, nextCost: Money) {
    self.budget = budget
    self.nextCost = nextCost
  }
}

/// The jobs that may be claimed now, as read from the table.
package struct DueJobs: Sendable {
  /// The first jobs of the queue, in order.
  package var jobs: [Job]
  /// When the next of the other jobs is due; nil if none waits.
  package var nextDue: Timestamp?
  /// The budgets of the batches these jobs belong to.
  package var budgets: BatchBudgets

  package init(jobs: [Job], nextDue: Timestamp?, budgets: BatchBudgets = BatchBudgets()) {
    self.jobs = jobs
    self.nextDue = nextDue
    self.budgets = budgets
  }
}

/// Budgets by job.
///
/// A job shared by several batches is charged to each of them, and is sent only if all can afford
/// it.
package struct BatchBudgets: Sendable, Equatable {
  private var budgets: [BatchBudget.ID: BatchBudget] = [:]
  private var batches: [Job.ID: Set<BatchBudget.ID>] = [:]

  package init() {}

  /// Records that the job belongs to a batch with this budget.
  package mutating func note(_ job: Job.ID, in budget: BatchBudget) {
    budgets[budget.id] = budget
    batches[job, default: []].insert(budget.id)
  }

  /// The batches of the job that cannot afford `cost`.
  func exhausted(by cost: Money, for job: Job.ID) -> [ExhaustedBudget] {
    (batches[job] ?? []).compactMap { budgets[$0] }
      .filter { $0.limit < $0.spent + cost }
      .map { ExhaustedBudget(budget: $0, nextCost: cost) }
  }

  /// Reserves `cost` in every batch of the job.
  mutating func reserve(_ cost: Money, for job: Job.ID) {
    for id in batches[job] ?? [] {
      guard var budget = budgets[id] else { continue }
      budget.spent = budget.spent + cost
      budgets[id] = budget
    }
  }

  func belongs(_ job: Job.ID, toOneOf others: some Collection<BatchBudget.ID>) -> Bool {
    !(batches[job] ?? []).isDisjoint(with: others)
  }
}
