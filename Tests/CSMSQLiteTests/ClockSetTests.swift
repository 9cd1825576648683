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
