import GRDB
import Logging
import Testing

@testable import CSMCore
@testable import CSMDaemon
@testable import CSMSQLite

@Suite("A round of the daemon")
struct RoundTests {
  private static func round(of bench: Bench, inFlightMax: Int = 64) -> Round {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = inFlightMax
    let silent = Logger(label: "csmd") { _ in SwiftLogNoOpLogHandler() }
    return Round(
      dispatcher: Dispatcher(rules: .init(price: Sample.price), limits: limits, seed: 1),
      table: bench.table, log: EventLog(silent))
  }

  @Test("reconsiders a claim after its batch's budget had no room")
  func missedClaim() throws {
    let bench = try Bench(role: .daemon)
    let line = Sample.price.of(characters: 3)
    try bench.add(["aaa", "bbb"], budget: Money(microDollars: line.microDollars * 2))
    var round = Self.round(of: bench, inFlightMax: 1)
    var now = Bench.start
    try round.look(at: now)
    _ = try round.act(at: now)
    round.take(.done(1, generation: 1, .submit(.accepted(Sample.ticket("a")))), at: now)
    _ = try round.act(at: now)
    now = try #require(round.nextWake(after: now))
    #expect(try round.act(at: now).count == 1)
    _ = try bench.table.pause(reason: "a look", at: now)
    try round.look(at: now)
    round.take(.done(1, generation: 1, .poll(.completed(seconds: 1))), at: now)
    #expect(try round.act(at: now).count == 1)
    // The round that learns the line's real cost decides the next claim by the table's old figures.
    _ = try bench.table.resume(at: now)
    try round.look(at: now)
    let units = 2 * Double(line.microDollars) / Double(Sample.price.perThousand.microDollars)
    let result = CollectOutcome.audio(result: Sample.result, units: units)
    round.take(.done(1, generation: 1, .collect(result)), at: now)
    _ = try round.act(at: now)
    #expect(try bench.number("SELECT count(*) FROM submission") == 1)
    #expect(round.nextWake(after: now).map { $0 <= now + .milliseconds(1) } == true)
    _ = try round.act(at: now + .milliseconds(1))
    #expect(try bench.table.budgets().contains(where: \.isExhausted))
  }

  @Test("is not idle before a batch that is over has been heard again")
  func secondHearing() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["aaa"])
    try bench.execute("UPDATE batch SET rerolls = 1")
    var round = Self.round(of: bench)
    var now = Bench.start
    try round.look(at: now)
    _ = try round.act(at: now)
    let outcomes: [Dispatcher.StepOutcome] = [
      .submit(.accepted(Sample.ticket("a"))), .poll(.completed(seconds: 1)),
      .collect(.audio(result: Sample.result, units: nil)), .fetch(.stored(Sample.audio("audio"))),
    ]
    for outcome in outcomes {
      #expect(try round.idleEnd() == nil)
      round.take(.done(1, generation: 1, outcome), at: now)
      _ = try round.act(at: now)
      if let next = round.nextWake(after: now) { now = next }
      _ = try round.act(at: now)
    }
    #expect(try bench.row(1)["state"] as String == "STORED")
    #expect(try bench.number("SELECT heard_jobs FROM batch") == 1)
    try bench.execute("UPDATE batch SET heard_jobs = 0")
    #expect(try round.idleEnd() == nil)
    #expect(round.nextWake(after: now) == now)
    _ = try round.act(at: now)
    #expect(try round.idleEnd() == .idle(failed: 0, held: 0))
  }

  @Test("holds a job whose row names another's request, instead of trying for ever")
  func foreignRequest() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["aaa", "bbb"])
    for id: Job.ID in [1, 2] { try bench.bring(id, to: .inQueue) }
    try bench.table.write { db in
      try db.execute(sql: "UPDATE job SET request_id = 'request-1' WHERE id = 2")
    }
    var round = Self.round(of: bench)
    let now = Bench.start
    round.take(.recovered(try bench.table.activeJobs(), unsent: []), at: now)
    for second in 0..<10 {
      let now = now + .seconds(second)
      for case .step(let step, let job) in try round.act(at: now)
      where job.id == 2 {
        let outcome: Dispatcher.StepOutcome =
          if case .poll = step { .poll(.inProgress) } else { .cancel(.tooLate) }
        round.take(.done(2, generation: job.generation, outcome), at: now)
      }
    }
    #expect(try bench.column("SELECT error_class FROM job WHERE id = 2") == ["unreadable_row"])
    #expect(try bench.column("SELECT state FROM job ORDER BY id") == ["IN_QUEUE", "HELD"])
  }

  @Test("goes on looking for a submit that it holds itself")
  func heldByItself() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["aaa"])
    try bench.bring(1, to: .unknown)
    var round = Self.round(of: bench)
    var now = Bench.start
    round.take(.recovered(try bench.table.activeJobs(), unsent: []), at: now)
    while try bench.state(1) == "UNKNOWN" {
      now = try #require(round.nextWake(after: now))
      for case .list in try round.act(at: now) {
        round.take(.listed(.listed([])), at: now)
      }
    }
    #expect(try bench.state(1) == "HELD")
    let wake = try #require(round.nextWake(after: now))
    #expect(wake.since(now) <= .seconds(900))
    let actions = try round.act(at: wake)
    #expect(actions.contains { if case .list = $0 { true } else { false } })
  }

  @Test("raises the price of a line that it claims in the same round once")
  func raisedOnce() throws {
    let bench = try Bench(role: .daemon)
    let line = Sample.price.of(characters: 3)
    try bench.add(["aaa", "bbb"])
    var round = Self.round(of: bench, inFlightMax: 1)
    var now = Bench.start
    try round.look(at: now)
    _ = try round.act(at: now)
    round.take(.done(1, generation: 1, .submit(.accepted(Sample.ticket("a")))), at: now)
    _ = try round.act(at: now)
    now = try #require(round.nextWake(after: now))
    _ = try round.act(at: now)
    round.take(.done(1, generation: 1, .poll(.completed(seconds: 1))), at: now)
    _ = try round.act(at: now)
    let units = 10 * Double(line.microDollars) / Double(Sample.price.perThousand.microDollars)
    let result = CollectOutcome.audio(result: Sample.result, units: units)
    round.take(.done(1, generation: 1, .collect(result)), at: now)
    _ = try round.act(at: now)
    let costs: [Int64] = try bench.column("SELECT cost FROM submission ORDER BY job_id")
    #expect(costs == [line.microDollars * 10, line.microDollars * 10])
  }
}

extension Round {
  fileprivate mutating func act(at now: Timestamp) throws -> [Dispatcher.Action] {
    try act(at: now, offset: { _ in .zero })
  }
}
