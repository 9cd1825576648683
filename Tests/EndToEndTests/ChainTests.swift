import Foundation
import Testing

@Suite("Conversations turn by turn")
struct ChainTests {
  private static let turns = 20

  private static func text(_ turn: Int) -> String {
    "This is what is said in turn \(turn) of our little talk."
  }

  private static var script: String {
    (1...turns).reduce("@cast Anna = anna\n@cast Ben = ben\n\n## talk\n") { script, turn in
      script + "\(turn % 2 == 1 ? "Anna" : "Ben"): \(text(turn))\n"
    }
  }

  @Test("each turn has its voice and the two turns before it as context, and delays no other line")
  func conversation() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.addVoice("anna", hertz: 220)
    try await stage.addVoice("ben", hertz: 120)
    let script = try stage.write(Self.script, to: "talk.script")
    let added = try await stage.enqueue(
      "add", script, "--per-turn", "--chain", "2", "--priority", "9")
    #expect(added.status == 0, "\(added.stderr)")
    let others = try stage.write(sentences(20), to: "others.txt")
    #expect(try await stage.enqueue("add", others).status == 0)
    let waiting = try await stage.lines("--batch", "talk")
    #expect(waiting.count == Self.turns)
    #expect(waiting[0]["waits_for"] is NSNull)
    #expect(waiting[2]["waits_for"] as? String == "turns")
    #expect((waiting[2]["waits_for_lines"] as? [String])?.count == 2)
    #expect(try await stage.status()["waiting_for_turns"] as? Int == Self.turns - 1)

    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(3000))")
    #expect(try fal.statistics()["key_leaks"] as? Int == 0)
    try await stage.demandSoundStore()

    let stored = try await stage.lines("--batch", "talk")
    #expect(
      stored.map { $0["speaker"] as? String }
        == (1...Self.turns).map { $0 % 2 == 1 ? "Anna" : "Ben" })
    #expect(
      stored.map { $0["voice"] as? String } == (1...Self.turns).map { $0 % 2 == 1 ? "anna" : "ben" }
    )
    #expect(stored.map { $0["turn"] as? Int } == (1...Self.turns).map { $0 })
    let texts = try fal.accepted()
    #expect(texts.filter { $0.contains("turn") } == (1...Self.turns).map(Self.text))
    // Lines outside chains were all sent before the last turns, although the turns come first.
    #expect(texts.suffix(10).allSatisfy { $0.contains("turn") })

    let bodies = try fal.bodies().filter { body in
      ((body["scene"] as? [[String: Any]])?.first?["text"] as? String)?.contains("turn") == true
    }
    for (index, body) in bodies.enumerated() {
      let turn = index + 1
      let context = try #require(body["context"] as? [[String: Any]])
      let before = Array((1..<turn).suffix(2))
      #expect(context.map { $0["prompt"] as? String } == [Clip.words] + before.map(Self.text))
      #expect(
        context.map { $0["speaker_id"] as? Int } == [(turn + 1) % 2] + before.map { ($0 + 1) % 2 })
      for (clip, turn) in zip(context.dropFirst(), before) {
        let heard = try fal.download(try #require(clip["audio_url"] as? String))
        let path = try #require(stored[turn - 1]["path"] as? String)
        #expect(try heard == stage.bytes(path), "turn \(turn)")
      }
    }
  }

  @Test("later turns go on without a failed turn, and wait for a held one")
  func broken() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:422#2,run:audio-at:http://127.0.0.1:9/x#3")
    try await stage.addVoice("anna")
    let script = try stage.write(
      "@cast Anna = anna\n\n## s\nAnna: One of four.\nAnna: Two of four.\nAnna: Three of four.\n"
        + "Anna: Four of four.\n", to: "s.script")
    #expect(
      try await stage.enqueue("add", script, "--per-turn", "--chain", "1").status == 0)
    #expect(try await stage.night(fal.settings).status == 2)
    #expect(
      try await stage.lines().map { $0["state"] as? String } == [
        "STORED", "FAILED", "HELD", "QUEUED",
      ])
    let list = try await stage.enqueue("list", "--state", "QUEUED")
    #expect(list.stdout.contains("after "))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 2)
    #expect(try await stage.enqueue("cancel", "--state", "HELD").status == 0)
    let night = try await stage.night(fal.settings)
    #expect(night.status == 1)
    let prompts = try fal.bodies().map { body in
      (body["context"] as? [[String: Any]] ?? []).dropFirst().map { $0["prompt"] as? String }
    }
    #expect(prompts == [[], ["One of four."], [], []])
  }

  @Test("each take hears the same take of the turns before it, or the first if there are fewer")
  func takes() async throws {
    let stage = try await Stage()
    let table = try stage.write(
      "scene,text,takes\ns,This is turn one.,2\ns,This is turn two.,1\ns,This is turn three.,2\n"
        + "s,This is turn four.,1\n",
      to: "talk.csv")
    let added = try await stage.enqueue(
      "add", table, "--per-turn", "--chain", "2", "--cast", "auto")
    #expect(added.status == 0, "\(added.stderr)")
    let heard = try await stage.lines().map { line in
      let turns = (line["waits_for_lines"] as? [String] ?? []).sorted()
      return "\(line["line"] as? String ?? "") \(turns.joined(separator: " "))"
    }
    #expect(
      heard.sorted() == [
        "s/001 ", "s/001.t2 ", "s/002 s/001", "s/003 s/001 s/002", "s/003.t2 s/001.t2 s/002",
        "s/004 s/002 s/003",
      ])
  }

  @Test("wait ends when one turn waits for the budget, and the others wait for that turn")
  func budget() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let script = try stage.write(
      "## s\nAnna: One of four.\nAnna: Two of four.\nAnna: Three of four.\nAnna: Four of four.\n",
      to: "s.script")
    _ = try await stage.enqueue(
      "add", script, "--per-turn", "--chain", "1", "--cast", "auto", "--budget", "0.0005")
    #expect(try await stage.night(fal.settings).status == 3)
    #expect(try await stage.enqueue("wait", "s", "--timeout", "200s").status == 3)
    #expect(try await stage.enqueue("status", "s").status == 3)
  }
}
