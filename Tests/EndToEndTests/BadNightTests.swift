import Foundation
import Testing

/// A night in which everything goes wrong a little, with the default settings of the gates.
@Suite("A mixed bad night")
struct BadNightTests {
  /// The faults of a share of the calls, by kind of call.
  ///
  /// A submit with a senseless answer was accepted; otherwise its line would wait for the grace to end.
  private static let faults: [(calls: [String], faults: [String])] = [
    (
      ["submit"],
      [
        "429=0.04", "reset-after=0.03", "502-html-after=0.03", "truncate=0.03",
        "200-empty-after=0.02", "redirect-after=0.02", "locked=0.01",
      ]
    ),
    (
      ["status", "result"],
      [
        "429=0.04", "reset=0.04", "502-html=0.04", "truncate=0.03", "200-empty=0.03",
        "redirect=0.02", "locked=0.01", "malformed=0.02", "401-html=0.01",
      ]
    ),
    (["download"], ["503-html=0.04", "reset=0.04", "truncate=0.04", "200-empty=0.02"]),
    (["listing"], ["502-html=0.2"]),
  ]

  @Test("ends in minutes with every line stored, each paid for once")
  func ends() async throws {
    let plan = Self.faults.flatMap { rule in
      rule.calls.flatMap { call in rule.faults.map { "\(call):\($0)" } }
    }
    let stage = try await Stage(["CSM_GATE_PROBE": "5m"])
    let fal = try await StandIn(
      stage, "--faults", plan.joined(separator: ","), "--list-unfinished", "--seed", "9")
    let lines = sentences(200)
    _ = try await stage.enqueue("add", try stage.write(lines, to: "a.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("97 in 100 lines are stored", within: 600) {
      try await stage.states()["STORED"] ?? 0 >= 194
    }
    let wait = try await stage.enqueue("wait", "--timeout", "200s")
    #expect(wait.status == 0, "\(wait.stdout)\(daemon.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 200])
    try fal.demandOneRequest(a: lines.split(separator: "\n").map(String.init))
  }
}
