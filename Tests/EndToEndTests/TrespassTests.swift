import Foundation
import Glibc
import Testing

/// Traps for root or csmd, set by somebody who may write to the state directory.
@Suite("Links in the state directory, and root in another user's")
struct TrespassTests {
  private func night(_ count: Int) async throws -> (Stage, StandIn) {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(count), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    return (stage, fal)
  }

  /// Replaces a folder by a link to one outside, which holds an old file of the same kind.
  private func divert(_ stage: Stage, _ name: String) throws -> String {
    let victim = stage("victim")
    let place = "\(stage.state)/\(name)"
    try FileManager.default.createDirectory(atPath: victim, withIntermediateDirectories: true)
    try stage.write("mine", to: "victim/\(String(repeating: "0", count: 62))")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1000)],
      ofItemAtPath: stage("victim/\(String(repeating: "0", count: 62))"))
    try FileManager.default.moveItem(atPath: place, toPath: stage("was"))
    try #require(symlink(victim, place) == 0)
    return victim
  }

  @Test(
    "nothing is removed, moved or read through a link",
    arguments: ["quarantine", "objects/00", "objects", "tmp"])
  func folders(_ name: String) async throws {
    let (stage, fal) = try await night(3)
    let victim = try divert(stage, name)
    let before = stage.names(victim)
    for command in [
      ["gc", "--delete", "--grace", "0s"], ["verify", "--full"], ["gc"],
      ["backup", "--to", stage("backup")], ["export", "a", "--to", stage("out")],
    ] {
      let output = try await stage.start("csm-enqueue", command).end()
      let isTouched = !(name == "objects/00" && ["backup", "export"].contains(command[0]))
      if isTouched {
        #expect(output.status != 0, "\(command)")
        #expect(output.stderr.contains("\(name): it is a symbolic link"), "\(output.stderr)")
      }
      #expect(stage.names(victim) == before, "\(command)")
    }
    _ = try await stage.enqueue("add", try stage.write("One more.\n", to: "b.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status != 0)
    #expect(night.stderr.contains("\(name): it is a symbolic link"), "\(night.stderr)")
    #expect(stage.names(victim) == before)
  }

  @Test("nothing is created through a dangling link", arguments: ["csm.db", "csm.gate"])
  func dangling(_ name: String) async throws {
    let stage = try await Stage()
    try #require(mkdir(stage.state, 0o700) == 0)
    try #require(symlink(stage("target"), "\(stage.state)/\(name)") == 0)
    let file = try stage.write(sentences(1), to: "a.txt")
    for output in [
      try await stage.enqueue("add", file), try await stage.enqueue("list"),
      try await stage.night(), try await stage.start("csmd", ["check"]).end(),
    ] {
      #expect(output.status != 0)
      #expect(
        (output.stdout + output.stderr).contains("\(name): it is a symbolic link"), "\(output)")
    }
    #expect(!FileManager.default.fileExists(atPath: stage("target")))
  }

  @Test("a pipe in place of csmd's lock blocks nobody")
  func pipe() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    try #require(mkfifo("\(stage.state)/csmd.lock", 0o660) == 0)
    let status = try stage.start("csm-enqueue", ["status"])
    #expect(try await status.end().stderr.contains("csmd.lock: it is not a plain file"))
  }

  @Test(
    "in another user's folder, root works as that user, and leaves only files of that user",
    .enabled(if: geteuid() == 0, "takes root"))
  func root() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try #require(chmod(stage.folder, 0o755) == 0)
    try #require(mkdir(stage.state, 0o700) == 0 && chown(stage.state, 65534, 65534) == 0)
    try #require(mkdir(stage("mine"), 0o700) == 0)
    let lines = try stage.write(sentences(2), to: "mine/a.txt")
    let cast = try stage.write("[cast]\n", to: "mine/cast.toml")
    let added = try await stage.enqueue("add", lines, "--cast", cast)
    #expect(added.status == 0, "\(added.stderr)")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr)")
    #expect(night.stderr.contains("the owner of \(stage.state)"))
    #expect(try await stage.enqueue("export", "a", "--to", stage("mine/out")).status == 0)
    #expect(try await stage.enqueue("backup", "--to", stage("mine/backup")).status == 0)
    #expect(try await stage.enqueue("verify", "--full").status == 0)
    let check = try await stage.start("csmd", ["check"]).end()
    #expect(check.stdout.contains("sound, 2 jobs"), "\(check.stdout)")
    for path in try FileManager.default.subpathsOfDirectory(atPath: stage.state) {
      let facts = try FileManager.default.attributesOfItem(atPath: "\(stage.state)/\(path)")
      #expect(facts[.ownerAccountID] as? Int == 65534, "\(path)")
    }
    #expect(stage.names(stage("mine/out")).contains("L1.wav"))
  }
}
