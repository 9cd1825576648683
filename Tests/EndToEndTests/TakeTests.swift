import Foundation
import Testing

@Suite("Paid takes")
struct TakeTests {
  private func spoken() async throws -> (Stage, StandIn, [String: [UInt8]]) {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "lines.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.enqueue("export", "lines", "--to", stage("out")).status == 0)
    return (stage, fal, try files(stage, "out"))
  }

  private func files(_ stage: Stage, _ folder: String) throws -> [String: [UInt8]] {
    let names = stage.names(stage(folder)).filter { $0.hasSuffix(".wav") }
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try stage.bytes(stage("\(folder)/\($0)"))) })
  }

  @Test("stay when new ones are queued or cancelled, or fail")
  func kept() async throws {
    let (stage, _, before) = try await spoken()
    _ = try await stage.enqueue("reroll", "--batch", "lines", "--takes", "3")
    #expect(try await stage.states() == ["STORED": 3])
    #expect(try await stage.enqueue("status").stdout.contains("9 jobs of earlier words and other"))
    let wait = try await stage.enqueue("wait", "lines", "--timeout", "100ms")
    #expect(
      wait.status == 124
        && wait.stderr.hasSuffix(
          "9 jobs of earlier words and other takes not ended yet: "
            + "lines:L1 take 2, lines:L1 take 3, lines:L1 take 4, …\n"),
      "\(wait)")
    #expect(try await stage.enqueue("export", "lines", "--to", stage("1")).status == 0)
    #expect(try files(stage, "1") == before)
    #expect(try await stage.enqueue("cancel", "--all").stdout == "9 jobs cancelled\n")
    #expect(try await stage.states() == ["STORED": 3])
    #expect(try await stage.enqueue("export", "lines", "--to", stage("2")).status == 0)
    #expect(try files(stage, "2") == before)

    let failing = try await StandIn(stage, "--faults", "run:content_policy_violation")
    _ = try await stage.enqueue("reroll", "lines:L1")
    #expect(try await stage.night(failing.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 3])
    let status = try await stage.enqueue("status").stdout
    #expect(status.contains("1 new take FAILED or HELD"), "\(status)")
    #expect(try await stage.enqueue("export", "lines", "--to", stage("out")).status == 0)
    #expect(try files(stage, "out") == before)
  }

  @Test("can be picked again, and exported with all the others")
  func picked() async throws {
    let (stage, fal, before) = try await spoken()
    _ = try await stage.enqueue("reroll", "lines:L2")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.lines("L2").map { $0["take"] as? Int } == [2])
    _ = try await stage.enqueue("export", "lines", "--to", stage("out"))
    let newest = try files(stage, "out")
    #expect(newest["L1.wav"] == before["L1.wav"] && newest["L2.wav"] != before["L2.wav"])

    let some = try await stage.enqueue("pick", "--batch", "lines", "--take", "2")
    #expect(some.status == 1)
    #expect(some.stdout == "take 2: 0 lines changed, 1 already had it\n")
    #expect(some.stderr.contains("2 lines without a stored take 2: left unchanged"))
    let picked = try await stage.enqueue("pick", "--batch", "lines", "--take", "1")
    #expect(picked.status == 0 && picked.stdout == "take 1: 1 line changed, 2 already had it\n")
    #expect(try await stage.enqueue("export", "lines", "--to", stage("out")).status == 0)
    #expect(try files(stage, "out") == before)
    #expect(try await stage.enqueue("pick", "L9", "--take", "1").status == 1)

    for _ in 1...2 {
      let all = try await stage.enqueue("export", "lines", "--to", stage("all"), "--all-takes")
      #expect(all.status == 0, "\(all.stderr)")
      let files = try files(stage, "all")
      #expect(
        files.keys.sorted() == ["L1.take1.wav", "L2.take1.wav", "L2.take2.wav", "L3.take1.wav"])
      #expect(files["L2.take2.wav"] == newest["L2.wav"])
      let rows = try stage.text(stage("all/manifest.jsonl")).split(separator: "\n")
      #expect(rows.count == 4 && rows.allSatisfy { $0.contains(#""earlier":[]"#) })
    }
    let clash = try await stage.enqueue(
      "export", "lines", "--to", stage("x"), "--all-takes", "--name", "{id}.wav")
    #expect(clash.status == 64 && clash.stderr.contains("--name must contain {take}"), "\(clash)")
  }
}
