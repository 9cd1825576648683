import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("When gates were closed")
struct GateClosingTests {
  private let bench: Bench
  private let start = Bench.start

  init() throws { bench = try Bench(role: .daemon) }

  private func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

  /// Closings as `gate begin-end reason`, in seconds.
  private func closings(_ begin: Int = -1000, _ end: Int = 1000) throws -> [String] {
    try bench.table.closings(from: at(begin), to: at(end)).map {
      "\($0.gate.rawValue) \(Int($0.begin.since(start).seconds))-\(Int($0.end.since(start).seconds)) "
        + $0.reason
    }
  }

  private func close(_ name: Gate.Name, _ reason: String, since: Int) throws {
    let gate = Gate(name: name, reason: reason, since: at(since), probeAt: at(since + 60))
    try bench.commit([], gates: [name: gate], at: at(since))
  }

  @Test("is recorded by the commit that opens one, with its last reason")
  func byDaemon() throws {
    try close(.outage, "no answer", since: 10)
    let gate = Gate(name: .outage, reason: "no route", since: at(10), probeAt: nil)
    try bench.commit([], gates: [.outage: gate], at: at(15))
    #expect(try closings() == ["outage 10-1000 no route"])
    try bench.commit([], gates: [.outage: nil], at: at(30))
    try bench.commit([], gates: [.outage: nil], at: at(40))
    try close(.outage, "no answer", since: 50)
    try bench.commit([], gates: [.outage: nil], at: at(60))
    #expect(try closings() == ["outage 10-30 no route", "outage 50-60 no answer"])
  }

  @Test("is recorded by resume, and by the repair after a wrong clock")
  func byOthers() throws {
    _ = try bench.table.pause(reason: "dinner", at: at(5))
    try close(.auth, "no", since: 10)
    _ = try bench.table.resume(at: at(20))
    try close(.rate, "slow", since: 5000)
    try bench.table.forgetFuture(beyond: .seconds(3600), at: at(30))
    #expect(try bench.table.gates().isEmpty)
    #expect(try closings() == ["paused 5-20 dinner", "auth 10-20 no"])
    #expect(try closings(0, 10_000).last == "auth 10-20 no")
  }

  @Test("only resume after the word that fal's list cannot be read gives the search in it up")
  func resumeUnread() throws {
    try bench.execute("INSERT INTO life (id, token) VALUES (1, 1)")
    for (reason, isGivenUp) in [("a copy", false), ("no list; \(Gate.opensUnread)", true)] {
      try bench.table.suspend(because: reason, since: start, at: at(5))
      _ = try bench.table.resume(at: at(20))
      let since = try bench.table.adoptSince()
      #expect((since == nil) == isGivenUp, "\(reason)")
    }
  }

  @Test("is clipped to the interval asked for, and includes gates that are still closed")
  func window() throws {
    try close(.disk, "full", since: 10)
    try bench.commit([], gates: [.disk: nil], at: at(30))
    _ = try bench.table.pause(reason: "dinner", at: at(25))
    #expect(try closings(0, 10) == [])
    #expect(try closings(20, 28) == ["disk 20-28 full", "paused 25-28 dinner"])
    #expect(try closings(30, 90) == ["paused 30-90 dinner"])
  }

  @Test("is forgotten from the oldest on, so the record stays small")
  func bound() throws {
    try bench.table.write { db in
      for number in 0..<5010 {
        try db.cachedStatement(sql: "INSERT INTO gate_closing VALUES ('rate', ?, ?, 'slow')")
          .execute(arguments: [number, number + 1])
      }
    }
    try close(.auth, "no", since: 0)
    try close(.rate, "slow", since: 0)
    _ = try bench.table.resume(at: at(1))
    #expect(try bench.number("SELECT count(*) FROM gate_closing WHERE name = 'rate'") == 5000)
    #expect(try bench.number("SELECT count(*) FROM gate_closing WHERE name = 'auth'") == 1)
    #expect(
      try bench.number("SELECT max(since) FROM gate_closing WHERE name = 'rate'")
        == Int(start.milliseconds))
  }
}
