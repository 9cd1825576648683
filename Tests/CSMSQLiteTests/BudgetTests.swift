import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Budgets of batches")
struct BudgetTests {
  let bench: Bench
  let now = Bench.start

  init() throws { bench = try Bench(role: .daemon) }

  /// The cost of a line of three characters: $0.00009.
  private static let line = Sample.price.of(characters: 3)

  private func dollars(lines count: Int) -> Money {
    Money(microDollars: Self.line.microDollars * Int64(count))
  }

  private func budget(_ batch: String = "night") throws -> JobTable.BudgetRow? {
    try bench.table.budgets(batch: batch).first
  }

  /// One round of claims: what a dispatcher makes of the due jobs.
  @discardableResult
  private func claim(_ room: Int = 8, at now: Timestamp = Bench.start) throws -> [Job] {
    var dispatcher = Dispatcher(rules: .init(price: Sample.price), limits: .init(), seed: 1)
    let due = try bench.table.dueJobs(limit: room, at: now)
    dispatcher.claim(due, spent: .zero, at: now)
    let changes = dispatcher.changes()
    let saved = try bench.table.commit(changes, at: now)
    return changes.moves.filter { !saved.missed.contains($0.before.id) }.map(\.after)
  }

  private func waiting() throws -> Int {
    try bench.number("SELECT count(*) FROM job WHERE waits_for = 'budget'")
  }

  /// Checks that every budget's sum equals the sum of its rows.
  private func expectTrueSums() throws {
    let wrong = try bench.number(
      """
      SELECT count(*) FROM batch
      WHERE budget IS NOT NULL AND spent <> (
        SELECT coalesce(sum(cost), 0) FROM submission
        WHERE job_id IN (SELECT job_id FROM batch_item WHERE batch_id = batch.id))
      """)
    #expect(wrong == 0)
  }

  @Test("are spent to the last cent and not beyond; jobs without room block nobody")
  func exhausted() throws {
    try bench.add(
      ["aaa", "bbb", "ccc", "ddd", "eee"],
      budget: Money(microDollars: dollars(lines: 3).microDollars + 89))
    try bench.add(["fff"], batch: "day")
    #expect(try claim().map(\.id) == [1, 2, 3, 6])
    let row = try #require(try budget())
    #expect(row.spent == dollars(lines: 3) && row.nextCost == Self.line && row.waiting == 2)
    #expect(row.exhaustedAt == now)
    #expect(try claim().isEmpty)
    #expect(try bench.table.dueJobs(limit: 8, at: now).nextDue == nil)
    #expect(try bench.table.waitingJobs() == .init(due: 0, forTurns: 0, forBudget: 2))
    try expectTrueSums()
  }

  /// Stores a bad take of a line of ten characters, and gives the batch a budget with this much left.
  private func addTake(left: Money) throws -> Job.ID {
    try bench.add([NewLine("Say twice.", number: 1, id: "l1")], rerolls: 1)
    try bench.store(1, .silent)
    let spent = Sample.price.of(characters: 10)
    _ = try bench.table.setBudget(of: "night", to: spent + left)
    return try bench.newest
  }

  @Test("are not exhausted by a take that csmd adds: it is not added then")
  func addedTake() throws {
    let added = try addTake(left: Money(microDollars: 299))
    #expect(try claim().map(\.state.name) == [.cancelled])
    #expect(try bench.row(added)["error_class"] == "budget")
    #expect(try budget()?.isExhausted == false)
  }

  @Test(
    "pay for a take that csmd adds from what lines that people added leave, due or not",
    arguments: [0, 1])
  func promised(short: Int64) throws {
    let added = try addTake(left: Money(microDollars: 600 - short))
    try bench.add([NewLine("Say three.", number: 2, id: "l2")])
    try bench.add([NewLine("Say later.", number: 3, id: "l3")], batch: "day")
    try bench.execute("UPDATE job SET wake_at = wake_at + 60000 WHERE id > ?", [added])
    #expect(try claim().map(\.state.name) == [short > 0 ? .cancelled : .submitting])
    try expectTrueSums()
  }

  @Test("let a person's line wait that has the words of a take that csmd added")
  func wantedTake() throws {
    let added = try addTake(left: .zero)
    let request = SpeechRequest(scene: [.init(text: "Say twice.", speakerID: 0)])
    let key = request.key(endpoint: Bench.endpoint, take: 2)
    let line = NewLine(
      request: request, key: key, id: "l1", text: nil, meta: nil, number: 1, take: 2)
    try bench.add([line], batch: "day")
    #expect(try bench.line("l1", in: "day").id == added)
    #expect(try claim().isEmpty && waiting() == 1)
    _ = try bench.table.setBudget(of: "night", to: nil)
    #expect(try claim().map(\.id) == [added])
  }

  @Test("budgets do not keep a line from the request that was already paid for it")
  func adopted() throws {
    try bench.add(["aaa"], budget: .zero)
    try claim()
    #expect(try waiting() == 1)
    let job = try bench.job(1)
    let listed = ListedRequest(
      requestID: "found", sentAt: now, request: job.request, succeeded: true)
    #expect(try bench.commit(job.adopted(listed, at: now, price: Sample.price)) == [])
    #expect(try bench.job(1).state.ticket?.requestID == "found")
    #expect(try waiting() == 0)
    #expect(try budget()?.spent == Self.line)
    try expectTrueSums()
  }

  @Test("budgets that fit exactly are spent exactly")
  func exact() throws {
    try bench.add(["aaa", "bbb"], budget: dollars(lines: 2))
    #expect(try claim().count == 2)
    #expect(try budget()?.isExhausted == false)
    #expect(try budget()?.spent == dollars(lines: 2))
  }

  @Test("keep the order: no shorter line overtakes the one that does not fit")
  func order() throws {
    try bench.add(["aaa", "bbbbbbbbbbbb", "ccc"], budget: dollars(lines: 3))
    #expect(try claim().map(\.id) == [1])
    #expect(try waiting() == 2)
  }

  @Test("release jobs when raised far enough or removed")
  func raised() throws {
    try bench.add(["aaa", "bbb", "ccc"], budget: dollars(lines: 1))
    try claim()
    #expect(try bench.table.setBudget(of: "night", to: dollars(lines: 2)))
    #expect(try waiting() == 0)
    #expect(try claim().map(\.id) == [2])
    #expect(try waiting() == 1)
    #expect(try bench.table.setBudget(of: "night", to: .zero))
    #expect(try claim().isEmpty)
    #expect(try budget()?.spent == dollars(lines: 2))
    #expect(try bench.table.setBudget(of: "night", to: nil))
    #expect(try budget() == nil)
    #expect(try claim().map(\.id) == [3])
    #expect(try !bench.table.setBudget(of: "nobody", to: nil))
    try expectTrueSums()
  }

  @Test("count money in doubt as spent, and release what was cheaper once nothing is out")
  func settled() throws {
    try bench.add(["aaa", "bbb", "ccc"], budget: dollars(lines: 2))
    let claimed = try claim()
    #expect(claimed.count == 2)
    var generator = SeededGenerator(seed: 1)
    // The first is in doubt and the second cost nothing: there is room for one more, but the first is out.
    try bench.commit([
      claimed[0].after(.unclear(Sample.problem), intent: now, at: now, generator: &generator)
    ])
    let rejected = claimed[1].after(
      .rejected(Sample.problem), intent: now, at: now, generator: &generator)
    #expect(try !bench.table.commit(.init(moves: [rejected]), at: now).hasReleased)
    #expect(try budget()?.spent == dollars(lines: 1) && waiting() == 1)
    // The first is given up: it is held, and its money stays reserved.
    let lost = try bench.job(1).absent(
      wasRead: true, rules: .init(price: Sample.price), at: now)
    #expect(try bench.table.commit(.init(moves: [lost]), at: now).hasReleased)
    #expect(try waiting() == 0)
    #expect(try claim().map(\.id) == [3])
    #expect(try budget()?.spent == dollars(lines: 2))
    try expectTrueSums()
  }

  @Test("settle to what fal billed, more or less than was reserved", arguments: [0.001, 0.5])
  func billed(_ units: Double) throws {
    try bench.add(["aaa", "bbb"], budget: dollars(lines: 1))
    let job = try bench.bring(1, to: .inProgress)
    try bench.commit([
      job.finished(Sample.ticket("r"), result: Sample.result, units: units, price: Sample.price)
    ])
    #expect(try budget()?.spent == Sample.price.of(units: units))
    #expect(try claim().isEmpty)
    try expectTrueSums()
  }

  @Test("budgets of two batches both apply to a job that they share")
  func shared() throws {
    try bench.add(["aaa", "bbb"], batch: "rich", budget: dollars(lines: 9))
    try bench.add(["aaa", "ccc"], batch: "poor", budget: .zero)
    #expect(try claim().map(\.id) == [2])
    #expect(try budget("poor")?.waiting == 2)
    let rich = try bench.table.standing(batch: "rich", lately: now)
    #expect(rich.budgets.map(\.batch) == ["rich", "poor"], "its line waits for the other budget")
    #expect(try bench.table.setBudget(of: "poor", to: dollars(lines: 1)))
    #expect(try claim().map(\.id) == [1])
    #expect(try budget("rich")?.spent == dollars(lines: 2))
    #expect(try budget("poor")?.spent == dollars(lines: 1))
    #expect(try budget("poor")?.waiting == 1)
    try expectTrueSums()
  }

  @Test("count what lines that join a batch have already cost")
  func joined() throws {
    try bench.add(["aaa"], batch: "first")
    try bench.bring(1, to: .stored)
    try bench.add(["aaa", "bbb"], budget: dollars(lines: 1))
    #expect(try budget()?.spent == dollars(lines: 1))
    #expect(try claim().isEmpty)
    try bench.add(["ccc", "bbb"], batch: "night")
    #expect(try budget()?.spent == dollars(lines: 1), "what was paid stays paid")
    try expectTrueSums()
  }

  @Test("refuse a claim decided before they were lowered")
  func guarded() throws {
    try bench.add(["aaa"], budget: dollars(lines: 1))
    var dispatcher = Dispatcher(rules: .init(price: Sample.price), limits: .init(), seed: 1)
    dispatcher.claim(try bench.table.dueJobs(limit: 1, at: now), spent: .zero, at: now)
    _ = try bench.table.setBudget(of: "night", to: Money(microDollars: 89))
    #expect(try bench.table.commit(dispatcher.changes(), at: now).missed == [1])
    #expect(try bench.state(1) == "QUEUED")
    #expect(try bench.number("SELECT count(*) FROM submission") == 0)
  }

  @Test("leave jobs in the queue if room was made meanwhile")
  func raisedMeanwhile() throws {
    try bench.add(["aaa"], budget: .zero)
    var dispatcher = Dispatcher(rules: .init(price: Sample.price), limits: .init(), seed: 1)
    dispatcher.claim(try bench.table.dueJobs(limit: 1, at: now), spent: .zero, at: now)
    _ = try bench.table.setBudget(of: "night", to: dollars(lines: 1))
    _ = try bench.table.commit(dispatcher.changes(), at: now)
    #expect(try waiting() == 0)
    #expect(try claim().count == 1)
  }

  @Test("do not keep a batch waiting for a cancelled line")
  func cancelled() throws {
    try bench.add(["aaaaaaaaaaaa", "bbb"], budget: dollars(lines: 1))
    #expect(try claim().isEmpty)
    var selection = Selection()
    selection.ids = ["night:L1"]
    _ = try bench.table.cancel(selection, at: now)
    #expect(try claim().map(\.id) == [2])
  }

  @Test("release a job that left their batch and belongs to another")
  func left() throws {
    try bench.add(["aaa", "bbb"], budget: .zero)
    try bench.add(["bbb"], batch: "day")
    #expect(try claim().isEmpty)
    #expect(try waiting() == 2)
    try bench.add(["aaa", "ccc"])
    #expect(try claim().map(\.id) == [2])
  }

  @Test("stay exhausted when the daemon starts again")
  func reopened() throws {
    try bench.add(["aaa", "bbb"], budget: dollars(lines: 1))
    try claim()
    let before = try bench.table.budgets()
    #expect(try bench.another(.daemon).budgets() == before)
  }

  // MARK: Costs

  @Test("cost reports settled, reserved, unknown and estimated; by batch, day and voice")
  func costs() throws {
    try bench.add(["a1a", "b2b", "c3c", "d4d", "e5e", "f6f"])
    try bench.add(["a1a"], batch: "day")
    let done = try bench.bring(1, to: .inQueue)
    try bench.commit([
      done.finished(Sample.ticket("r"), result: Sample.result, units: 0.002, price: Sample.price)
    ])
    try bench.bring(2, to: .stored)
    try bench.bring(3, to: .inProgress)
    try bench.bring(4, to: .unknown)
    try bench.bring(5, to: .held, at: now + .seconds(86_400))
    let all = try #require(try bench.table.costs(by: nil, price: Sample.price).first)
    #expect(all.jobs == 6 && all.characters == 18 && all.estimated == Self.line)
    #expect(all.settled == Money(microDollars: 60) && all.assumed == Self.line)
    #expect(all.reserved == Self.line && all.unknown == dollars(lines: 2))
    #expect(all.spent == (try bench.table.spent(since: Bench.start)))
    let batches = try bench.table.costs(by: .batch, price: Sample.price)
    #expect(batches.map(\.name) == ["day", "night"])
    #expect(batches[0].spent == Money(microDollars: 60) && batches[1].spent == all.spent)
    let days = try bench.table.costs(by: .day, price: Sample.price)
    #expect(days.map(\.name) == ["2023-11-14", "2023-11-15"])
    #expect(days.map(\.jobs) == [4, 1])
    #expect(days.map(\.spent).reduce(.zero, +) == all.spent)
    let voices = try bench.table.costs(by: .voice, price: Sample.price)
    #expect(voices.map(\.name) == [nil] && voices[0].spent == all.spent)
  }

  @Test(
    "random operations keep the sums right, and no claim exceeds a budget",
    arguments: [1, UInt64.random(in: 0...(.max))])
  func random(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func draw(_ count: Int) -> Int { Int(generator.share() * Double(count)) }
    let batches = ["a", "b", "c"]
    let words = (0..<40).map { String(repeating: "x", count: 1 + $0 % 7) + "\($0)" }
    var claims = 0
    for step in 0..<300 {
      let moment = now + .seconds(step * 600)
      let batch = batches[draw(3)]
      switch draw(8) {
      case 0:
        let lines = (0..<12).map { NewLine(words[draw(40)], number: $0 + 1, id: "l\($0)") }
        try bench.add(lines, batch: batch, isPruning: draw(2) == 0, at: moment)
      case 1:
        let limit = draw(4) == 0 ? nil : Money(microDollars: Int64(draw(3000)))
        _ = try bench.table.setBudget(of: batch, to: limit)
      case 2:
        _ = try bench.table.retry(Selection(), at: moment)
        _ = try bench.reroll { $0.batch = batch }
      case 3, 4, 5:
        let before = try bench.table.budgets()
        let claimed = try claim(at: moment)
        claims += claimed.count
        for (old, new) in zip(before, try bench.table.budgets()) where new.spent > old.spent {
          #expect(new.spent <= new.limit, "seed \(seed), step \(step)")
        }
      default:
        let ids: [Job.ID] = try bench.column("SELECT id FROM job WHERE state <> 'QUEUED'")
        guard !ids.isEmpty, let job = try? bench.job(ids[draw(ids.count)]) else { continue }
        let moves = Sample.moves(of: job, requestID: "r\(step)", at: moment)
        if !moves.isEmpty { try bench.commit([moves[draw(moves.count)]], at: moment) }
      }
      try expectTrueSums()
      #expect(try !bench.table.isMiscounted(), "seed \(seed), step \(step)")
    }
    #expect(claims > 20, "seed \(seed)")
  }
}

extension Bench {
  @discardableResult
  func reroll(takes: Int = 1, _ change: (inout Selection) -> Void = { _ in }) throws
    -> JobTable.Rerolling
  {
    var selection = Selection()
    change(&selection)
    return try table.reroll(selection, takes: takes, price: Sample.price, at: Self.start)
  }
}
