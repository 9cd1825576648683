/// What a batch may cost, and what it costs so far.
package struct BatchBudget: Sendable, Equatable, Identifiable {
  /// The batch's number.
  package let id: Int64
  package let name: String
  /// The most that the submits of the batch's jobs may cost.
  package let limit: Money
  /// What they cost so far, with what is set aside or in doubt.
  package var spent: Money

  package init(id: Int64, name: String, limit: Money, spent: Money) {
    self.id = id
    self.name = name
    self.limit = limit
    self.spent = spent
  }
}

/// A batch whose budget has no room for its next job: all of its jobs wait from now on.
package struct ExhaustedBudget: Sendable, Equatable {
  package let budget: BatchBudget
  /// What the next job costs.
  package let nextCost: Money

  package init(budget: BatchBudget, nextCost: Money) {
    self.budget = budget
    self.nextCost = nextCost
  }
}

/// The jobs that may be claimed, as the table shows them.
package struct DueJobs: Sendable {
  /// The first of the line, in their order.
  package var jobs: [Job]
  /// When the first of the others is due; nil when none waits.
  package var nextDue: Timestamp?
  /// What the batches of these jobs may cost, where they have a budget.
  package var budgets: BatchBudgets

  package init(jobs: [Job], nextDue: Timestamp?, budgets: BatchBudgets = BatchBudgets()) {
    self.jobs = jobs
    self.nextDue = nextDue
    self.budgets = budgets
  }
}

/// The budgets of the batches to which some jobs belong.
///
/// A job that several batches share is charged to each of them, and goes only where all have room.
package struct BatchBudgets: Sendable, Equatable {
  private var budgets: [BatchBudget.ID: BatchBudget] = [:]
  private var batches: [Job.ID: Set<BatchBudget.ID>] = [:]

  package init() {}

  /// Notes that the job belongs to a batch with this budget.
  package mutating func note(_ job: Job.ID, in budget: BatchBudget) {
    budgets[budget.id] = budget
    batches[job, default: []].insert(budget.id)
  }

  /// The batches of the job that have no room for the sum.
  func exhausted(by cost: Money, for job: Job.ID) -> [ExhaustedBudget] {
    (batches[job] ?? []).compactMap { budgets[$0] }
      .filter { $0.limit < $0.spent + cost }
      .map { ExhaustedBudget(budget: $0, nextCost: cost) }
  }

  /// Sets the sum aside in every batch of the job.
  mutating func reserve(_ cost: Money, for job: Job.ID) {
    for id in batches[job] ?? [] {
      guard var budget = budgets[id] else { continue }
      budget.spent = budget.spent + cost
      budgets[id] = budget
    }
  }

  /// Whether one of the batches is the job's.
  func belongs(_ job: Job.ID, toOneOf others: some Collection<BatchBudget.ID>) -> Bool {
    !(batches[job] ?? []).isDisjoint(with: others)
  }
}
