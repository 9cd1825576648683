import Foundation
import Testing

/// What fal says about the account and the model, and locks that appear, disappear or hide.
@Suite("The account at fal")
struct AccountTests {
  @Test("a lock that affects a third of the submits holds nothing up")
  func flappingLock() async throws {
    let stage = try await Stage(["CSM_GATE_PROBE": "5m"])
    // With this seed no more than 3 submits in a row meet the lock; 5 over 20 s would close the gate.
    let fal = try await StandIn(
      stage, "--faults", "submit:locked=0.3", "--seed", "16", "--balance", "50", "--latency",
      "300ms")
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(200), to: "a.txt"), "--cast", "auto")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(!night.stderr.contains("gate closed"))
    #expect(try await stage.states() == ["STORED": 200])
  }

  @Test(
    "check finds a lock that reads do not show; it closes the gate, and is not taken for debt")
  func hiddenLock() async throws {
    let stage = try await Stage()
    let reason = "Admin lock. Please contact hello@fal.ai."
    let fal = try await StandIn(stage, "--lock-submits", reason, "--balance", "9.94")
    let check = try await stage.start("csmd", ["check"], fal.settings).end()
    #expect(check.status == 78, "\(check.stdout)")
    let account = try #require(check.lines.first { $0.contains("account") })
    #expect(account.hasPrefix("FAIL") && account.contains("write to hello@fal.ai"))
    #expect(account.contains("$9.94 is left") && !account.contains("add credit"))
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    // It opens for moments, to let one submit try.
    try await eventually("the gate is closed, and says why") {
      try await stage.enqueue("status").stdout.contains("fal's staff locked the account")
    }
    try fal.delete("lock-submits")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    withExtendedLifetime(daemon) {}
  }

  @Test("the balance is shown with how far it reaches, and the floor stays in the account")
  func balance() async throws {
    let stage = try await Stage(["CSM_BALANCE_FLOOR_USD": "0.01"])
    // Ten lines of 25 characters cost $0.0075.
    let fal = try await StandIn(stage, "--balance", "0.012")
    let daemon = try await stage.daemon(fal.settings)
    _ = try await stage.enqueue("add", try stage.write(sentences(10), to: "a.txt"))
    try await eventually("the gate is closed, and says why") {
      try await stage.enqueue("status").stdout
        .contains("CSM_BALANCE_FLOOR_USD is $0.01")
    }
    #expect(try fal.accepted().count < 10)
    let status = try await stage.enqueue("status")
    #expect(
      status.stdout.firstMatch(of: #/balance \$0\.0\d+ \(read .* ago\): reaches /#) != nil,
      "\(status.stdout)")
    try fal.put("balance", "5")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    withExtendedLifetime(daemon) {}
  }

  @Test("a price other than the setting's, and a model that goes away, are reported")
  func warnings() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--price", "0.05", "--deprecated", "--balance", "1")
    let check = try await stage.start("csmd", ["check"], fal.settings).end()
    #expect(check.status == 0, "\(check.stdout)")
    #expect(check.stdout.contains("fal charges 0.05 USD for 1000 characters"), "\(check.stdout)")
    #expect(check.stdout.contains("deprecated"))
    let daemon = try await stage.daemon(fal.settings)
    try await daemon.logs("fal charges 0.05 USD")
  }

  @Test("a model that takes no scene is refused, and a copy of the right one is accepted by name")
  func otherModels() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--app", "me/csm-copy")
    let kokoro = ["CSM_ENDPOINT": "fal-ai/kokoro/american-english"]
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let night = try await stage.night(fal.settings.merging(kokoro) { $1 })
    #expect(night.status == 78, "\(night.stderr)")
    #expect(night.stderr.contains("requires no `scene`"))
    let check = try await stage.start(
      "csmd", ["check"], fal.settings.merging(kokoro) { $1 }
    ).end()
    #expect(check.status == 78)
    // A line in the table keeps its model, and is not sent there either.
    let added = try await stage.start(
      "csm-enqueue", ["add", try stage.write("Other words.\n", to: "b.txt")], kokoro
    ).end()
    #expect(added.status == 0)
    #expect(try await stage.night(fal.settings).status == 1)
    #expect(try fal.accepted().count == 1)
    #expect(
      try await stage.lines("--state", "FAILED").first?["error_class"] as? String == "unfit_model")

    let copy = ["CSM_ENDPOINT": "me/csm-copy", "CSM_SCENE_ENDPOINTS": "me/csm-copy"]
    _ = try await stage.start(
      "csm-enqueue", ["add", try stage.write("More words.\n", to: "c.txt")], copy
    ).end()
    _ = try await stage.night(fal.settings.merging(copy) { $1 })
    #expect(try fal.accepted().count == 2)
  }
}
