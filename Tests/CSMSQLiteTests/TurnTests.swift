import Logging
import Testing

@testable import CSMCore
@testable import CSMDaemon
@testable import CSMSQLite

@Suite("A turn of the daemon")
struct TurnTests {
  @Test("looks again at a claim for which its batch's budget had no room any more")
  func missedClaim() throws {
    let bench = try Bench(role: .daemon)
    let line = Sample.price.of(characters: 3)
    try bench.add(["aaa", "bbb"], budget: Money(microDollars: line.microDollars * 2))
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 1
    let silent = Logger(label: "csmd") { _ in SwiftLogNoOpLogHandler() }
    var turn = Turn(
      dispatcher: Dispatcher(rules: .init(price: Sample.price), limits: limits, seed: 1),
      table: bench.table, log: TurnLog(silent))
    var now = Bench.start
    try turn.look(at: now)
    _ = try turn.act(at: now, offset: { _ in .zero })
    turn.take(.done(1, generation: 1, .submit(.accepted(Sample.ticket("a")))), at: now)
    _ = try turn.act(at: now, offset: { _ in .zero })
    now = try #require(turn.nextWake(after: now))
    #expect(try turn.act(at: now, offset: { _ in .zero }).count == 1)
    _ = try bench.table.pause(reason: "a look", at: now)
    try turn.look(at: now)
    turn.take(.done(1, generation: 1, .poll(.completed(seconds: 1))), at: now)
    #expect(try turn.act(at: now, offset: { _ in .zero }).count == 1)
    // In the turn that brings what the line really cost, the next one is claimed by what the table said
    // before.
    _ = try bench.table.resume(at: now)
    try turn.look(at: now)
    let units = 2 * Double(line.microDollars) / Double(Sample.price.perThousand.microDollars)
    let result = CollectOutcome.audio(result: Sample.result, units: units)
    turn.take(.done(1, generation: 1, .collect(result)), at: now)
    _ = try turn.act(at: now, offset: { _ in .zero })
    #expect(try bench.number("SELECT count(*) FROM submission") == 1)
    #expect(turn.nextWake(after: now).map { $0 <= now + .milliseconds(1) } == true)
    _ = try turn.act(at: now + .milliseconds(1), offset: { _ in .zero })
    #expect(try bench.table.budgets().contains(where: \.isExhausted))
  }
}
