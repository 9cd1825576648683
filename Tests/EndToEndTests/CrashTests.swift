import CSMCore
import Foundation
import Glibc
import Testing

@Suite("Killing the daemon at any moment")
struct CrashTests {
  @Test("after kill -9 again and again, every line is stored with one accepted POST")
  func killed() async throws {
    // A busy stand-in may read a POST some seconds after its sender was killed.
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "15s"])
    let fal = try await StandIn(
      stage, "--runners", "8", "--latency", "50ms-300ms", "--list-unfinished")
    let count = 60
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<8 {
      let daemon = try await stage.daemon(fal.settings)
      try await Task.sleep(for: .milliseconds(.random(in: 0...700, using: &random)))
      daemon.send(SIGKILL)
      #expect(try await daemon.end().status == -SIGKILL, "seed \(seed)")
    }
    var night = try await stage.night(fal.settings)
    if night.status == 2 {
      // A POST can die with its connection before fal has read it; only a person may send it again.
      _ = try await stage.enqueue("retry", "--held")
      night = try await stage.night(fal.settings)
    }
    #expect(night.status == 0, "seed \(seed)\n\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": count], "seed \(seed)")
    try fal.demandOneRequest(a: sentences(count).split(separator: "\n").map(String.init))
    try await stage.demandSoundStore()
  }

  @Test("a request that was accepted while the daemon died is found again, not sent again")
  func killedInTheSubmit() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:hang-after", "--list-unfinished")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("3 POSTs are accepted") { try fal.accepted().count == 3 }
    daemon.send(SIGKILL)
    _ = try await daemon.end()
    #expect(try await stage.states() == ["SUBMITTING": 3])
    try fal.delete("faults")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 3])
    try fal.demandOneRequest(a: sentences(3).split(separator: "\n").map(String.init))
  }

  @Test("marks of an earlier run in another place prove nothing about the last run")
  func killedInAnotherEnvironment() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--list-unfinished")
    let runtime = "\(stage.fast)/service"
    try #require(mkdir(runtime, 0o700) == 0)
    let service = fal.settings.merging(["RUNTIME_DIRECTORY": runtime]) { $1 }
    _ = try await stage.enqueue("add", try stage.write("First.\n", to: "a.txt"))
    #expect(try await stage.night(service).status == 0)
    // Without systemd, the marks go to the user's own folder.
    try fal.put("faults", "submit:hang-after")
    _ = try await stage.enqueue("add", try stage.write("Second.\n", to: "b.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("the POST is accepted") { try fal.accepted().count == 2 }
    daemon.send(SIGKILL)
    _ = try await daemon.end()
    try fal.delete("faults")
    let night = try await stage.night(service)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    try fal.demandOneRequest(a: ["First.", "Second."])
  }

  @Test("half a download is removed at the next start, and the audio is stored whole")
  func killedInTheDownload() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "download:slow:2000")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    // csmd also writes its record csm.life through this folder.
    func downloads() -> [String] {
      stage.names("\(stage.state)/tmp").filter { !$0.hasPrefix("csm.life") }
    }
    try await eventually("a download has begun") { !downloads().isEmpty }
    daemon.send(SIGKILL)
    _ = try await daemon.end()
    #expect(!downloads().isEmpty)
    try fal.delete("faults")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0)
    try await stage.demandSoundStore()
    try fal.demandOneRequest(a: sentences(2).split(separator: "\n").map(String.init))
  }
}
