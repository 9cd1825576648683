import Foundation
import Testing

@Suite("csmd run on a terminal")
struct TerminalNightTests {
  private func night(_ stage: Stage, _ settings: [String: String]) async throws -> Output {
    try await stage.start(
      "/usr/bin/script",
      ["-qec", "stty cols 80; \(Stage.programs)/csmd run --until-idle", "/dev/null"], settings
    ).end()
  }

  @Test("--until-idle shows progress, and logs only problems")
  func progress() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#2")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let night = try await night(stage, fal.settings)
    #expect(night.status == 1)
    #expect(night.stdout.contains("] 66 %  2/3  1 FAILED"), "\(night.stdout)")
    #expect(night.stdout.contains(/FAILED a:L\d: fal answered/), "\(night.stdout)")
    #expect(!night.stdout.contains("put off"))
    #expect(!night.stdout.contains("SUBMITTING"))
    #expect(!night.stdout.contains("csmd runs"))
    let last = "csmd: every job has ended, 1 failed, 0 held: csm-enqueue status"
    #expect(night.stdout.contains(last))
    #expect(night.stdout.components(separatedBy: last).last?.contains(" %  ") == false)
  }

  @Test("CSM_LOG sets how much is logged, on a terminal and elsewhere")
  func level() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let settings = fal.settings.merging(["CSM_LOG": "info"]) { $1 }
    let night = try await night(stage, settings)
    #expect(night.stdout.contains("SUBMITTING"), "\(night.stdout)")
    #expect(!night.stdout.contains(" %  "))
    _ = try await stage.enqueue("reroll", "L1")
    let quiet = try await stage.night(fal.settings.merging(["CSM_LOG": "warning"]) { $1 })
    #expect(!quiet.stderr.contains("STORED"), "\(quiet.stderr)")
    #expect(try await stage.night(["CSM_LOG": "loud"]).status == 78)
  }
}
