import Foundation
import Testing

@Suite("A night whose audio is checked")
struct HeardNightTests {
  /// Texts that are long enough for checks of their audio's length.
  private func texts(_ count: Int) -> String {
    (1...count).map { "The lamp by the window burned until the morning of day \($0).\n" }.joined()
  }

  @Test("silent audio is rerolled automatically within the budget, and every command shows it")
  func rerolls() async throws {
    let stage = try await Stage(["CSM_REROLLS": "1"])
    // No audio is there before all lines are accepted: the new takes are runs 21 and 22.
    let fal = try await StandIn(
      stage, "--latency", "4s-5s", "--faults", "run:silent#3,run:silent#7,run:silent%21")
    let added = try await stage.enqueue("add", try stage.write(texts(20), to: "a.txt"))
    #expect(added.stdout.contains("if audio is bad: at most 1 more take per line, about $"))
    #expect(try await stage.night(fal.settings).status == 0)
    // The first new take was silent again.
    #expect(try fal.accepted().count == 22)
    let status = try await stage.enqueue("status", "a").stdout
    #expect(status.contains("2 lines spoken again for bad audio ($"))
    #expect(status.contains("1 good now, 1 no better"))
    #expect(status.contains("1 line to listen to, 1 of them bad: 1 silent"))
    let wait = try await stage.enqueue("wait", "a")
    #expect(wait.status == 0 && wait.stderr.contains("1 silent"))
    let report = try await stage.enqueue("status", "a", "--json").objects().first
    let audio = report?["audio"] as? [String: Any]
    #expect(audio?["rescued"] as? Int == 1 && audio?["bad"] as? Int == 1)
    let bad = try await stage.enqueue("list", "--check", "bad", "--json").objects()
    #expect(bad.count == 1)
    let rescued = try await stage.enqueue("list", "--json", "--all").objects()
      .filter {
        $0["reroll"] as? Bool == true && $0["line"] as? String != bad[0]["line"] as? String
      }
    #expect(rescued.map { $0["take"] as? Int } == [2])
    let cost = try #require(try await stage.enqueue("cost", "--json").objects().first)
    #expect(cost["rerolls_usd"] as? Double ?? 0 > 0)

    let all = try await stage.enqueue("export", "a", "--to", stage("all"))
    #expect(all.status == 0 && all.stderr.contains("1 line to listen to"))
    let good = try await stage.enqueue("export", "a", "--to", stage("good"), "--only", "good")
    #expect(good.stdout.contains("19 files written") && good.stdout.contains("1 not good"))
    let missing = try stage.text(stage("good/_missing.csv"))
    #expect(missing.contains(bad[0]["line"] as? String ?? "-") && missing.contains("silent"))

    let id = "a:\(bad.first?["line"] as? String ?? "")"
    #expect(try await stage.enqueue("accept", id).stdout == "1 line accepted\n")
    #expect(try await stage.enqueue("list", "--check", "bad").status == 1)
    #expect(try await !stage.enqueue("status", "a").stdout.contains("to listen to"))
    try await stage.demandSoundStore()
  }

  @Test("silent audio is not rerolled if the batch allows none, or its budget has no room")
  func none() async throws {
    let stage = try await Stage(["CSM_REROLLS": "1"])
    let fal = try await StandIn(stage, "--faults", "run:silent")
    let file = try stage.write(texts(2), to: "a.txt")
    let added = try await stage.enqueue("add", file, "--rerolls", "0", "--json").objects()
    #expect(added.first?["rerolls"] as? Int == 0)
    _ = try await stage.enqueue("add", file, "--batch", "b", "--take", "2", "--budget", "0.004")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().count == 4)
    let dropped = try await stage.enqueue("list", "--former", "--json").objects()
    #expect(dropped.map { $0["state"] as? String } == ["CANCELLED", "CANCELLED"])
    #expect(dropped.allSatisfy { $0["error_class"] as? String == "budget" })
    let status = try await stage.enqueue("status", "b").stdout
    #expect(
      status.contains(
        "2 lines not spoken again for bad audio: too little of the budget was left; csm-enqueue reroll"
      ))
    #expect(!status.contains("no better"))
    #expect(try await stage.enqueue("add", file, "--rerolls", "11").status == 64)
  }

  // MARK: A judge

  private func judge(_ stage: Stage, _ body: String) throws -> String {
    let script = """
      import json, os, sys, time
      open(sys.argv[1], "a").write(" ".join(sorted(os.environ)) + "\\n")
      for line in sys.stdin:
          ask = json.loads(line)
          assert os.path.getsize(ask["path"]) > 44
      \(body)
      """
    let file = try stage.write(script, to: "judge.py")
    return "python3 '\(file)' '\(stage("seen"))'"
  }

  @Test("a person's judge marks lines, and bad ones are spoken again")
  func verdicts() async throws {
    let stage = try await Stage(["CSM_REROLLS": "1"])
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(texts(12), to: "a.txt"))
    let command = try judge(
      stage,
      """
          grade = "bad" if "day 7" in ask["text"] and ask["take"] == 1 else \\
              "odd" if "day 9" in ask["text"] else "good"
          print(json.dumps({"id": ask["id"], "verdict": grade, "score": 0.5, "reason": "said so"}))
      """)
    let settings = fal.settings.merging(["CSM_JUDGE_CMD": command]) { $1 }
    #expect(try await stage.night(settings).status == 0)
    #expect(try fal.accepted().count == 13)
    let lines = try await stage.enqueue("list", "--json", "--all").objects()
    #expect(lines.count { $0["verdict"] is NSNull } == 0)
    #expect(lines.count { $0["reroll"] as? Bool == true } == 1)
    let odd = try await stage.enqueue("list", "--check", "judged-odd", "--json").objects()
    #expect(odd.count == 1)
    let verdict = odd.first?["verdict"] as? [String: Any]
    #expect(verdict?["reason"] as? String == "said so" && verdict?["score"] as? Double == 0.5)
    let environment = try stage.text(stage("seen"))
    #expect(!environment.contains("FAL") && environment.contains("PATH"))
  }

  @Test("wait returns once the judge has heard the last line")
  func waiting() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(texts(2), to: "a.txt"))
    let command = try judge(
      stage,
      """
          while not os.path.exists(sys.argv[1] + ".go"):
              time.sleep(0.05)
          print(json.dumps({"id": ask["id"], "verdict": "good"}))
      """)
    let daemon = try await stage.daemon(fal.settings.merging(["CSM_JUDGE_CMD": command]) { $1 })
    try await eventually("all are stored") { try await stage.states() == ["STORED": 2] }
    let early = try await stage.enqueue("wait", "a", "--timeout", "1s")
    #expect(early.status == 124 && early.stderr.contains("the audio is still being judged"))
    let status = try await stage.enqueue("status").stdout
    #expect(status.contains("csmd is still judging the audio"), "\(status)")
    try stage.write([], to: "seen.go")
    #expect(try await stage.enqueue("wait", "a", "--timeout", "200s").status == 0)
    let lines = try await stage.enqueue("list", "--json").objects()
    #expect(lines.count { $0["verdict"] is NSNull } == 0)
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
  }

  @Test(
    "a judge that fails marks nothing, and delays no line",
    arguments: ["sys.exit(3)", "print('yes')"])
  func failingJudge(_ body: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(texts(2), to: "a.txt"))
    let command = try judge(stage, "    \(body)")
    let daemon = try await stage.daemon(fal.settings.merging(["CSM_JUDGE_CMD": command]) { $1 })
    try await daemon.logs("CSM_JUDGE_CMD failed")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    let lines = try await stage.enqueue("list", "--json").objects()
    #expect(lines.allSatisfy { $0["verdict"] is NSNull && $0["state"] as? String == "STORED" })
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
  }
}
