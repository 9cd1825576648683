import Foundation
import Testing

@Suite("Lines in voices")
struct VoiceTests {
  /// The contexts of the accepted POSTs: prompt and URL of each clip.
  private func contexts(_ fal: StandIn) throws -> [[(prompt: String, url: String, speaker: Int)]] {
    try fal.bodies().map { body in
      try (body["context"] as? [[String: Any]] ?? []).map { clip in
        (
          try #require(clip["prompt"] as? String), try #require(clip["audio_url"] as? String),
          try #require(clip["speaker_id"] as? Int)
        )
      }
    }
  }

  private func night(_ stage: Stage, _ fal: StandIn) async throws {
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(3000))")
    #expect(try fal.statistics()["key_leaks"] as? Int == 0)
  }

  @Test("a clip is uploaded once, without the key, and named in every request")
  func once() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.addVoice("anna")
    let file = try stage.write(sentences(12), to: "a.txt")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    try await night(stage, fal)
    #expect(try await stage.states() == ["STORED": 12])
    #expect(try fal.calls("upload") == 2)
    let contexts = try contexts(fal)
    #expect(Set(contexts.flatMap { $0.map(\.url) }).count == 1)
    #expect(
      contexts.allSatisfy { $0.count == 1 && $0[0].prompt == Clip.words && $0[0].speaker == 0 })
    #expect(try await stage.lines().allSatisfy { $0["voice"] as? String == "anna" })
    // The next night uses the same upload.
    let more = try stage.write("One more line.\n", to: "b.txt")
    #expect(try await stage.enqueue("add", more, "--voice", "anna").status == 0)
    try await night(stage, fal)
    #expect(try fal.calls("upload") == 2)
    let check = try await stage.enqueue("voice", "check")
    #expect(check.stdout.contains("anna: sound, uploaded until 20"))
    // Re-adding changes nothing: the clip's digest is in the identity, not its URL.
    #expect(try await stage.enqueue("add", file, "--voice", "anna").stdout.contains("12 unchanged"))
  }

  @Test(
    "an upload that fails delays lines, and neither loses nor repeats any",
    arguments: [
      // Calls 1 and 2 (place, bytes): refused, cut off before and after taking effect, redirected.
      "upload:503#1", "upload:reset#1", "upload:reset-after#1", "upload:503#2", "upload:reset#2",
      "upload:reset-after#2", "upload:redirect#2", "upload:429:1#1", "upload:malformed#1",
      "upload:400#2",
    ])
  func failing(_ faults: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", faults)
    try await stage.addVoice("anna")
    let file = try stage.write(sentences(3), to: "a.txt")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    try await night(stage, fal)
    #expect(try await stage.states() == ["STORED": 3])
    try fal.demandOneRequest(a: sentences(3).split(separator: "\n").map(String.init))
  }

  @Test("an upload address at a forbidden host gets neither the clip nor the key")
  func hostile() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "upload:addresses:http://127.0.0.1:9/put")
    try await stage.addVoice("anna")
    #expect(
      try await stage.enqueue("add", try stage.write("Hello.\n", to: "a.txt"), "--voice", "anna")
        .status == 0)
    #expect(try await stage.night(fal.settings).status == 1)
    let line = try #require(try await stage.lines().first)
    #expect(line["error_class"] as? String == "upload_not_allowed")
    #expect(try fal.accepted() == [])
    try fal.delete("faults")
    #expect(try await stage.enqueue("retry", "--failed").status == 0)
    try await night(stage, fal)
  }

  @Test("a clip that fal has lost is uploaded again, and the lines are spoken")
  func lost() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.addVoice("anna")
    #expect(
      try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"), "--voice", "anna")
        .status == 0)
    try await night(stage, fal)
    try fal.delete("uploads")
    #expect(
      try await stage.enqueue("add", try stage.write("Two.\n", to: "b.txt"), "--voice", "anna")
        .status == 0)
    try await night(stage, fal)
    #expect(try await stage.states() == ["STORED": 2])
    #expect(try fal.calls("upload") == 4)
    #expect(Set(try contexts(fal).flatMap { $0.map(\.url) }).count == 2)
    #expect(try fal.accepted() == ["One.", "Two.", "Two."])
  }

  @Test("a missing or damaged clip fails its lines, names itself, and fails no others")
  func damaged() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.addVoice("anna")
    let digest = try #require(
      try await stage.enqueue("voice", "list", "--json").objects().first?["digest"] as? String)
    #expect(
      try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"), "--voice", "anna")
        .status == 0)
    #expect(try await stage.enqueue("add", try stage.write("Two.\n", to: "b.txt")).status == 0)
    try FileManager.default.removeItem(
      atPath: "\(stage.state)/objects/\(digest.prefix(2))/\(digest.dropFirst(2))")
    #expect(try await stage.night(fal.settings).status == 1)
    #expect(try await stage.states() == ["FAILED": 1, "STORED": 1])
    #expect(try await stage.lines("--state", "FAILED")[0]["error_class"] as? String == "no_clip")
    try await stage.addVoice("anna")
    #expect(try await stage.enqueue("retry", "--failed").status == 0)
    try await night(stage, fal)
    #expect(try await stage.states() == ["STORED": 2])
  }

  @Test("a submit with a voice whose answer is lost is found by its clip, not sent twice")
  func reconciled() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:hang-after", "--list-unfinished")
    try await stage.addVoice("anna")
    let file = try stage.write(sentences(2), to: "a.txt")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("2 POSTs are accepted") { try fal.accepted().count == 2 }
    daemon.send(SIGKILL)
    _ = try await daemon.end()
    try fal.delete("faults")
    try await night(stage, fal)
    try fal.demandOneRequest(a: sentences(2).split(separator: "\n").map(String.init))
  }

  @Test("after kill -9 during an upload, nothing was sent, and nothing is in doubt")
  func killedInTheUpload() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "upload:hang-after")
    try await stage.addVoice("anna")
    let file = try stage.write(sentences(2), to: "a.txt")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("an upload hangs") { try fal.calls("upload") > 0 }
    daemon.send(SIGKILL)
    _ = try await daemon.end()
    #expect(try await stage.states()["STORED"] == nil)
    try fal.delete("faults")
    try await night(stage, fal)
    try fal.demandOneRequest(a: sentences(2).split(separator: "\n").map(String.init))
  }

  @Test("SIGTERM does not wait for an upload, and nothing is sent after it")
  func stopped() async throws {
    let stage = try await Stage()
    // The second call, with the bytes, may take 20 s without an answer; the first only 15.
    let fal = try await StandIn(stage, "--faults", "upload:hang#2")
    try await stage.addVoice("anna")
    #expect(
      try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"), "--voice", "anna")
        .status == 0)
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("an upload hangs") { try fal.calls("upload") > 1 }
    daemon.send(SIGTERM)
    #expect(try await daemon.end(within: 18).status == 0)
    #expect(try await stage.states() == ["QUEUED": 1])
    #expect(try fal.accepted() == [])
    try await night(stage, fal)
  }
}
