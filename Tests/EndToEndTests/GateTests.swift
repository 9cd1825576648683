import Foundation
import Glibc
import Servers
import Testing

@Suite("Gates: nothing is sent, nothing fails, and work goes on by itself")
struct GateTests {
  /// Adds lines, closes a gate with `close`, starts the daemon, checks `status`, and opens it with `open`.
  private func expectGate(
    _ name: String, _ stage: Stage, _ fal: StandIn, open: () async throws -> Void
  ) async throws {
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("the gate \(name) is closed") { try await stage.gates() == [name] }
    let status = try await stage.enqueue("status")
    #expect(status.stdout.hasPrefix(name.uppercased()), "\(status.stdout)")
    #expect(status.status == 3)
    #expect(try await stage.states()["FAILED"] == nil)
    try await open()
    let wait = try await stage.enqueue("wait", "--timeout", "200s")
    #expect(wait.status == 0, "\(daemon.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 5])
    #expect(try await stage.gates() == [])
    #expect(try await stage.enqueue("status").status == 0)
    #expect(try await stage.lines().allSatisfy { $0["attempts"] as? Int == 1 })
    try fal.demandOneRequest(a: sentences(5).split(separator: "\n").map(String.init))
  }

  @Test("a wrong key, until it is replaced by the right one")
  func wrongKey() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try fal.put("key", "another:key")
    try await expectGate("auth", stage, fal) { try fal.delete("key") }
  }

  @Test("a locked account, until it is unlocked")
  func lockedAccount() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try fal.put("lock", "Exhausted balance.")
    try await expectGate("balance", stage, fal) { try fal.delete("lock") }
  }

  @Test("add names the closed gate that keeps lines waiting, and what opens it")
  func addBehindGate() async throws {
    // The budget is enough for the first line: the gate stays open while `add` looks.
    let stage = try await Stage(["CSM_BUDGET_USD": "0.0002"])
    try await stage.avoidMidnight()
    let fal = try await StandIn(stage)
    let daemon = try await stage.daemon(fal.settings)
    let open = try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"))
    #expect(open.stdout.contains("csmd is running, so you can log out"))
    // A later settlement would open the gate once more.
    try await eventually("the first is stored") { try await stage.states() == ["STORED": 1] }
    _ = try await stage.enqueue("add", try stage.write("One more.\n", to: "more.txt"))
    try await eventually("the day's budget is spent") { try await stage.gates() == ["budget"] }
    _ = try await stage.enqueue("pause", "--reason", "a visit")
    let added = try await stage.enqueue("add", try stage.write("Two.\n", to: "b.txt"))
    #expect(!added.stdout.contains("log out"))
    let paused = try #require(added.lines.first { $0.hasPrefix("PAUSED") })
    #expect(paused.hasSuffix("until csm-enqueue resume: a visit"))
    #expect(added.lines.contains { $0.hasPrefix("BUDGET") && $0.contains("next check in") })
    #expect(added.stdout.hasSuffix("csmd is running, but sends nothing until then\n"))
    daemon.send(SIGTERM)
    _ = try await daemon.end()
    let later = try await stage.enqueue("add", try stage.write("Three.\n", to: "c.txt"))
    #expect(later.lines.contains { $0.hasPrefix("PAUSED") })
    #expect(later.stdout.hasSuffix("csmd is not running here: lines wait until it is\n"))
  }

  @Test("a new key in the key file takes effect without a restart")
  func newKey() async throws {
    let stage = try await Stage()
    let file = try stage.write("old:secret\n", to: "key")
    #expect(chmod(file, 0o600) == 0)
    let fal = try await StandIn(stage, "--key", "new:secret")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let daemon = try await stage.daemon(
      fal.settings.merging(["FAL_KEY": "", "CSM_FAL_KEY_FILE": file]) { $1 })
    try await eventually("the gate is closed") { try await stage.gates() == ["auth"] }
    try stage.write("new:secret\n", to: "key")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    withExtendedLifetime(daemon) {}
  }

  @Test("fal down at first, then up")
  func outage() async throws {
    let stage = try await Stage()
    let first = try await StandIn(stage)
    try await first.stop()
    // Until it is up again, csmd must not find another test's server there.
    let port = try HeldPort(first.port)
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let daemon = try await stage.daemon(first.settings)
    try await eventually("the gate is closed") { try await stage.gates() == ["outage"] }
    let fal = try await StandIn(stage, port: first.port)
    #expect(
      try await stage.enqueue("wait", "--timeout", "200s").status == 0,
      "\(daemon.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 5])
    try fal.demandOneRequest(a: sentences(5).split(separator: "\n").map(String.init))
    withExtendedLifetime(port) {}
  }

  @Test("a person's pause, until resume, even without a daemon")
  func pause() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    #expect(try await stage.enqueue("pause", "--reason", "the boss sleeps").status == 0)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 3)
    #expect(try await stage.enqueue("wait").status == 3)
    #expect(try await stage.enqueue("status").stdout.contains("the boss sleeps"))
    #expect(try fal.accepted() == [])
    let daemon = try await stage.daemon(fal.settings)
    try await daemon.logs("gate closed gate=paused probe_at=never reason=\"the boss sleeps\"")
    #expect(try await stage.enqueue("resume").stdout == "opened: paused\n")
    try await daemon.logs("gate open gate=paused")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    #expect(try await stage.enqueue("resume").status == 0)
    try await daemon.logs("job=1 line=a:L1")
    withExtendedLifetime(daemon) {}
  }

  @Test("the day's budget: lines within it are spoken, and the rest waits")
  func budget() async throws {
    // Each line has 19 characters, and costs $0.00057.
    let stage = try await Stage(["CSM_BUDGET_USD": "0.0012"])
    try await stage.avoidMidnight()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 3, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["QUEUED": 3, "STORED": 2])
    #expect(try await stage.gates() == ["budget"])
    #expect(try fal.accepted().count == 2)
  }

  @Test("all lines wait for as long as fal asks")
  func rate() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:429:2#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    // It is closed for two seconds, in which a look at the table may not be ready.
    try await daemon.logs("gate closed gate=rate")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    try fal.demandOneRequest(a: sentences(5).split(separator: "\n").map(String.init))
    #expect(daemon.stderr.contains("gate open gate=rate"))
  }
}
