/// The budget of a batch and what it has spent.
package struct BatchBudget: Sendable, Equatable, Identifiable {
  /// The number of the batch.
  package let id: Int64
  package let name: String
  /// The most that submits of the batch's jobs may cost.
  package let limit: Money
  /// What they have cost, including reserved and uncertain amounts.
  package var spent: Money
  /// The characters of queued jobs that people added, which go before takes that csmd adds.
  package var promised: Int

  package init(id: Int64, name: String, limit: Money, spent: Money, promised: Int = 0) {
    self.id = id
    self.name = name
    self.limit = limit
    self.spent = spent
    self.promised = promised
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

  /// The batches that cannot afford the job.
  ///
  /// A take that csmd added must leave what is promised to others.
  func exhausted(by job: Job, _ price: Price) -> [ExhaustedBudget] {
    let cost = price.of(characters: job.request.characters)
    return (batches[job.id] ?? []).compactMap { budgets[$0] }
      .filter { budget in
        let kept = job.isReroll ? price.of(characters: budget.promised) : .zero
        return budget.limit < budget.spent + cost + kept
      }
      .map { ExhaustedBudget(budget: $0, nextCost: cost) }
  }

  /// Reserves the job's cost in each of its batches.
  mutating func reserve(_ job: Job, _ price: Price) {
    let characters = job.request.characters
    for id in batches[job.id] ?? [] {
      guard var budget = budgets[id] else { continue }
      budget.spent = budget.spent + price.of(characters: characters)
      if !job.isReroll { budget.promised -= characters }
      budgets[id] = budget
    }
  }

  func belongs(_ job: Job.ID, toOneOf others: some Collection<BatchBudget.ID>) -> Bool {
    !(batches[job] ?? []).isDisjoint(with: others)
  }
}
