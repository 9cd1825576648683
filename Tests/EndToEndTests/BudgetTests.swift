import CSMCore
import Foundation
import Glibc
import Testing

/// A line of `sentences` has 19 characters (20 from the tenth on), and costs $0.00057 (or $0.0006).
@Suite("Money: budgets, prices and costs")
struct BudgetTests {
  @Test("a batch stops exactly at its budget, and goes on when it is raised; other batches go on")
  func batch() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let added = try await stage.enqueue(
      "add", try stage.write(sentences(5), to: "a.txt"), "--budget", "0.00171")
    #expect(added.status == 0)
    #expect(added.stdout.contains("not enough for these lines, so some will wait"))
    _ = try await stage.enqueue("add", try stage.write("Another batch.\n", to: "b.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 3, "\(night.stderr.suffix(2000))")
    #expect(night.stderr.contains("batch a: $0.00171 of its budget of $0.00171"))
    #expect(try await stage.states() == ["QUEUED": 2, "STORED": 4])
    #expect(try fal.accepted().count == 4)
    #expect(try await stage.gates() == [])
    let status = try await stage.enqueue("status")
    #expect(status.status == 3)
    #expect(status.stdout.contains("BUDGET for"))
    #expect(status.stdout.contains("2 jobs wait: csm-enqueue budget a USD"), "\(status.stdout)")
    let wait = try await stage.enqueue("wait", "a")
    #expect(wait.status == 3 && wait.stderr.contains("csm-enqueue budget a USD"), "\(wait)")
    #expect(try await stage.enqueue("wait", "b").status == 0)

    #expect(try await stage.enqueue("budget", "a", "0.00228").status == 0)
    #expect(try await stage.night(fal.settings).status == 3)
    #expect(try fal.accepted().count == 5)
    #expect(try await stage.enqueue("budget", "a", "none").stdout == "a has no budget\n")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 6])
  }

  @Test("budgets hold across kill -9: not one submit more than they pay for")
  func killed() async throws {
    let stage = try await Stage(["CSM_BUDGET_USD": "0.0180", "CSM_UNKNOWN_GRACE": "3s"])
    try await stage.avoidMidnight()
    let fal = try await StandIn(
      stage, "--runners", "8", "--latency", "20ms-200ms", "--list-unfinished")
    // 9 lines of $0.00057 and 51 of $0.0006: the batch's budget pays for 20 of them.
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(60), to: "a.txt"), "--budget", "0.01173", "--cast", "auto")
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<6 {
      let daemon = try await stage.daemon(fal.settings)
      try await Task.sleep(for: .milliseconds(.random(in: 0...400, using: &random)))
      daemon.send(SIGKILL)
      _ = try await daemon.end()
    }
    let night = try await stage.night(fal.settings)
    #expect(night.status == 3, "seed \(seed)\n\(night.stderr.suffix(2000))")
    // A submit killed between its mark and the network is held, and its price stays reserved.
    func spoken() async throws -> Int {
      let states = try await stage.states()
      return (states["STORED"] ?? 0) + (states["HELD"] ?? 0)
    }
    #expect(try await spoken() == 20, "seed \(seed)")
    #expect(try fal.accepted().count <= 20, "seed \(seed)")
    #expect(try await stage.states()["QUEUED"] == 40, "seed \(seed)")
    // Then the budget of the day ends, when that of the batch no longer limits.
    _ = try await stage.enqueue("budget", "a", "none")
    #expect(try await stage.night(fal.settings).status == 3)
    #expect(try await stage.gates() == ["budget"])
    #expect(try await spoken() == 30, "seed \(seed)")
    let cost = try #require(try await stage.enqueue("cost", "--json").objects().first)
    #expect(cost["spent_usd"] as? Double == 0.01773)
    let accepted = try fal.accepted()
    #expect(accepted.count <= 30 && Set(accepted).count == accepted.count, "seed \(seed)")
  }

  @Test("the price of a doubtful submit stays reserved until its outcome is known")
  func unknown() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "1s"])
    let fal = try await StandIn(stage, "--faults", "submit:close#1")
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(3), to: "a.txt"), "--budget", "0.00114")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 3, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["HELD": 1, "QUEUED": 1, "STORED": 1])
    let cost = try #require(try await stage.enqueue("cost", "--json").objects().first)
    #expect(cost["unknown_usd"] as? Double == 0.00057)
    #expect(cost["settled_usd"] as? Double == 0.00057)
    #expect(cost["spent_usd"] as? Double == 0.00114)
    #expect(cost["estimated_usd"] as? Double == 0.00057)
  }

  @Test("cost is a table by batch and by day, exact to the millionth")
  func cost() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.avoidMidnight()
    #expect(try await stage.enqueue("cost").status == 66)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    _ = try await stage.night(fal.settings)
    _ = try await stage.enqueue("add", try stage.write("More.\n", to: "b.txt"))
    let rows = try await stage.enqueue("cost", "--by", "batch").lines
    #expect(
      rows == [
        "a\t3\t57\t$0.00\t$0.00\t$0.00\t$0.00\t$0.00171\t$0.00171\t$0.00",
        "b\t1\t5\t$0.00015\t$0.00\t$0.00\t$0.00\t$0.00\t$0.00\t$0.00",
      ])
    let days = try await stage.enqueue("cost", "--by", "day", "--json").objects()
    #expect(days.count == 1 && days[0]["spent_usd"] as? Double == 0.00171)
    #expect(try await stage.enqueue("cost", "--by", "moon").status == 64)
  }

  @Test("the estimate of the final cost counts earlier takes that are still to be spoken")
  func projected() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.night(fal.settings)
    _ = try await stage.enqueue("reroll", "a:L1", "--takes", "3")
    #expect(try await stage.status()["projected_usd"] as? Double == 0.00228)
    #expect(
      try await stage.enqueue("status", "a").stdout.contains("about $0.0023 when all is done"))
    _ = try await stage.enqueue("cancel", "a:L1", "--state", "QUEUED")
    #expect(try await stage.status()["projected_usd"] as? Double == 0.00057)
  }

  @Test(
    "a budget that is not an amount, or names no batch, is refused",
    arguments: [
      (["budget", "a", "much"], 64), (["budget", "a", "-1"], 64), (["budget", "nobody", "5"], 1),
      (["budget", "nobody"], 1), (["budget", "a", "$2.50"], 0), (["budget", "a"], 0),
      (["budget"], 0), (["budget", "a", "1e3"], 64), (["budget", "a", "0.0000001"], 64),
    ])
  func amounts(_ arguments: [String], _ status: Int) async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let output = try await stage.start("csm-enqueue", arguments).end()
    #expect(output.status == Int32(status), "\(output.stderr)")
  }
}
