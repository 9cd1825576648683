import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("What a wrong clock wrote")
struct ClockSetTests {
  private let bench: Bench
  private let now = Bench.start
  private let future = Bench.start + .seconds(3 * 86_400)

  init() throws {
    bench = try Bench(role: .daemon)
  }

  @Test("is repaired: lines that would wait for days become due, and gates open")
  func forgotten() throws {
    try bench.add(["late", "soon", "lost"])
    try bench.bring(3, to: .unknown, at: future)
    try bench.set(1, dueAt: future)
    try bench.set(2, dueAt: now + .seconds(60))
    for name in [Gate.Name.rate, .auth] {
      let gate = Gate(name: name, reason: "no", since: future, probeAt: future)
      try bench.commit([], gates: [name: gate])
    }
    try bench.table.forgetFuture(beyond: .seconds(3600), at: now)
    #expect(try bench.table.dueJobs(limit: 10, at: now).jobs.map(\.id) == [1])
    #expect(try bench.table.dueJobs(limit: 10, at: now).nextDue == now + .seconds(60))
    #expect(try bench.table.gates().isEmpty)
    #expect(try bench.number("SELECT unknown_since FROM job WHERE id = 3") == Int(now.milliseconds))
  }

  @Test("is repaired where a lost submit is looked for, and where fal accepted a request")
  func lostSubmits() throws {
    try bench.add(["lost", "held", "accepted"])
    for (id, state) in [(1, .unknown), (2, .held), (3, .inQueue)] as [(Job.ID, JobState.Name)] {
      try bench.bring(id, to: state, at: future)
    }
    try bench.table.forgetFuture(beyond: .seconds(3600), at: now)
    let begin = now - Reconciliation.clockSetMargin
    #expect(try bench.job(1).state == .unknown(intent: begin, since: now))
    #expect(try bench.table.control(at: now).held.map(\.intent) == [begin])
    #expect(try bench.job(3).state.ticket?.acceptedAt == now)
    // Once the clock was set, even past times may be too late.
    try bench.table.forgetFuture(beyond: .seconds(3600), isSet: true, at: now)
    #expect(
      try bench.job(1).state == .unknown(intent: begin - Reconciliation.clockSetMargin, since: now))
  }

  @Test("is repaired for lines outside the queue, too")
  func waiting() throws {
    try bench.add(["turn", "dear"])
    for id: Job.ID in [1, 2] { try bench.set(id, dueAt: future) }
    try bench.execute(
      """
      UPDATE job SET waits_for = 'turns', template = '{}' WHERE id = 1;
      UPDATE job SET waits_for = 'budget' WHERE id = 2;
      """)
    try bench.table.forgetFuture(beyond: .seconds(3600), at: now)
    let wakes: [Int64] = try bench.column("SELECT wake_at FROM job")
    #expect(wakes == [now.milliseconds, now.milliseconds])
  }

  @Test("is cut to a minute when the clock was just set")
  func justSet() throws {
    try bench.add(["late", "soon"])
    try bench.set(1, dueAt: now + .seconds(1800))
    try bench.set(2, dueAt: now + .seconds(50))
    let gate = Gate(name: .rate, reason: "slow", since: now, probeAt: now + .seconds(1800))
    try bench.commit([], gates: [.rate: gate])
    try bench.table.forgetFuture(beyond: .seconds(3600), isSet: true, at: now)
    #expect(try bench.table.dueJobs(limit: 10, at: now).jobs.map(\.id) == [1])
    #expect(try bench.table.gates().map(\.probeAt) == [now + .seconds(60)])
  }

  @Test("is repaired by resume, and by retry of the line")
  func byPerson() throws {
    try bench.add(["one", "two"])
    for id: Job.ID in [1, 2] { try bench.set(id, dueAt: future) }
    var selection = Selection()
    selection.jobs = [1]
    #expect(try bench.table.retry(selection, at: now).moved == 1)
    #expect(try bench.table.dueJobs(limit: 10, at: now).jobs.map(\.id) == [1])
    _ = try bench.table.resume(at: now)
    #expect(try bench.table.dueJobs(limit: 10, at: now).jobs.map(\.id) == [1, 2])
  }
}

extension Bench {
  fileprivate func set(_ id: Job.ID, dueAt due: Timestamp) throws {
    try table.write { db in
      try db.execute(
        sql: "UPDATE job SET wake_at = ? WHERE id = ?", arguments: [due.milliseconds, id])
    }
  }
}
