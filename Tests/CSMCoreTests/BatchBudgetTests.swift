import Testing

@testable import CSMCore

@Suite("A batch's budget")
struct BatchBudgetTests {
  private static let (night, day): (BatchBudget.ID, BatchBudget.ID) = (1, 2)

  /// A dispatcher that was offered these jobs, of batches that can afford this many of them.
  private func offered(
    _ jobs: [(id: Job.ID, batches: [BatchBudget.ID])], room: [BatchBudget.ID: Int],
    limits: Dispatcher.Limits = .init()
  ) -> (dispatcher: Dispatcher, changes: Dispatcher.Changes) {
    var dispatcher = Dispatcher(rules: .usual, limits: limits, seed: 1)
    var budgets = BatchBudgets()
    for (id, batches) in jobs {
      for batch in batches {
        guard let room = room[batch] else { continue }
        let limit = Money(microDollars: Job.cost.microDollars * Int64(room + 2) - 1)
        let spent = Money(microDollars: Job.cost.microDollars * 2 - 1)
        budgets.note(id, in: BatchBudget(id: batch, name: "\(batch)", limit: limit, spent: spent))
      }
    }
    let due = DueJobs(jobs: jobs.map { .waiting($0.id) }, nextDue: nil, budgets: budgets)
    dispatcher.claim(due, spent: .zero, at: .evening)
    let changes = dispatcher.changes()
    return (dispatcher, changes)
  }

  @Test("is spent to the last cent, and the rest of the batch waits; the others go on")
  func exact() {
    let jobs: [(Job.ID, [BatchBudget.ID])] = [
      (1, [Self.night]), (2, [Self.night]), (3, [Self.night]), (4, []), (5, [Self.night]),
    ]
    let (dispatcher, changes) = offered(jobs, room: [Self.night: 2])
    #expect(changes.moves.map(\.before.id) == [1, 2, 4])
    #expect(changes.exhausted.map(\.budget.id) == [Self.night])
    #expect(changes.exhausted.map(\.nextCost) == [Job.cost])
    #expect(dispatcher.gates.closed.isEmpty)
    // Other jobs follow them in the queue.
    #expect(dispatcher.nextDue == .evening + .milliseconds(1))
  }

  /// The jobs that cannot be afforded.
  enum Poverty: CaseIterable { case day, floor, batch }

  @Test(
    "a take that csmd added is dropped for want of money, and stops nobody",
    arguments: Poverty.allCases)
  func addedTake(_ poverty: Poverty) throws {
    var limits = Dispatcher.Limits()
    if poverty == .day { limits.budget = Job.cost }
    if poverty == .floor { limits.balanceFloor = Job.cost }
    var dispatcher = Dispatcher(rules: .usual, limits: limits, seed: 1)
    if poverty == .floor {
      let balance = Money(microDollars: Job.cost.microDollars * 2)
      dispatcher.take(
        .account(Account(balance: balance, readAt: .evening, unbilled: .zero)), at: .evening)
      _ = dispatcher.changes()
    }
    let first = Job.waiting(1)
    let added = [2, 3].map {
      Job(id: $0, request: first.request, isReroll: true, state: .queued(due: .evening))
    }
    var budgets = BatchBudgets()
    if poverty == .batch {
      let budget = BatchBudget(id: 1, name: "night", limit: Job.cost, spent: .zero)
      for id in [1, 2, 3] as [Job.ID] { budgets.note(id, in: budget) }
    }
    dispatcher.claim(
      DueJobs(jobs: [first] + added, nextDue: nil, budgets: budgets), spent: .zero, at: .evening)
    let changes = dispatcher.changes()
    #expect(changes.moves.map(\.after.state.name) == [.submitting, .cancelled, .cancelled])
    #expect(changes.moves.last?.cause == .unaffordable)
    #expect(changes.exhausted.isEmpty && dispatcher.gates.closed.isEmpty)
    // The next round has their places for other jobs.
    #expect(dispatcher.nextDue == .evening + .milliseconds(1))
  }

  @Test(
    "a take that csmd added leaves the money for lines that are not due yet", arguments: [0, 1])
  func promised(short: Int64) {
    let first = Job.waiting(1)
    let added = Job(
      id: 2, request: first.request, isReroll: true, state: .queued(due: .evening))
    // One line is due, another is not, and the added take is the third to pay for.
    let limit = Money(microDollars: Job.cost.microDollars * 3 - short)
    let budget = BatchBudget(
      id: 1, name: "night", limit: limit, spent: .zero,
      promised: 2 * first.request.characters)
    var budgets = BatchBudgets()
    for id in [1, 2] as [Job.ID] { budgets.note(id, in: budget) }
    var dispatcher = Dispatcher(rules: .usual, limits: .init(), seed: 1)
    dispatcher.claim(
      DueJobs(jobs: [first, added], nextDue: nil, budgets: budgets), spent: .zero, at: .evening)
    #expect(
      dispatcher.changes().moves.map(\.after.state.name)
        == [.submitting, short > 0 ? .cancelled : .submitting])
  }

  @Test("the budget of each batch holds for a job that several share")
  func shared() {
    let jobs: [(Job.ID, [BatchBudget.ID])] = [
      (1, [Self.night, Self.day]), (2, [Self.night]), (3, [Self.night, Self.day]),
      (4, [Self.night]), (5, [Self.day]),
    ]
    let (_, changes) = offered(jobs, room: [Self.night: 3, Self.day: 1])
    #expect(changes.moves.map(\.before.id) == [1, 2, 4])
    #expect(changes.exhausted.map(\.budget.id) == [Self.day])
  }

  @Test(
    "the batch's budget and the day's both apply; jobs held back by the batch's spend nothing of the day's"
  )
  func dayToo() {
    var limits = Dispatcher.Limits()
    limits.budget = Job.cost
    let (dispatcher, changes) = offered(
      [(1, [Self.night]), (2, [])], room: [Self.night: 0], limits: limits)
    #expect(changes.moves.map(\.before.id) == [2])
    #expect(changes.exhausted.map(\.budget.id) == [Self.night])
    #expect(changes.exhausted.map(\.nextCost) == [Job.cost])
    #expect(dispatcher.gates.closed.isEmpty)
  }

  @Test("does not affect batches without one")
  func none() {
    let (_, changes) = offered([(1, []), (2, [Self.day])], room: [:])
    #expect(changes.moves.count == 2 && changes.exhausted.isEmpty)
  }
}
