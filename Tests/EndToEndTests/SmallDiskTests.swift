import Foundation
import Glibc
import Testing

@Suite(
  "An addition that does not fit on the disk",
  .enabled(if: geteuid() == 0, "only root may mount"))
struct SmallDiskTests {
  /// A stage whose state directory is a disk of its own, with only `free` MiB left.
  private func stage(free: Int? = nil, _ settings: [String: String] = [:]) async throws -> Stage {
    let stage = try await Stage(settings)
    try #require(mkdir(stage.state, 0o700) == 0)
    let mount = try await stage.start(
      "/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "csm", stage.state]
    ).end()
    try #require(mount.status == 0, "\(mount.stderr)")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    if let free { try fill(stage, leaving: free << 20) }
    return stage
  }

  /// Fills the disk, except for `bytes` bytes.
  private func fill(_ stage: Stage, leaving bytes: Int) throws {
    let ballast = "\(stage.state)/ballast"
    // A program that another test starts must not keep the file, and so its space, after it is removed.
    let number = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    try #require(number >= 0)
    defer { close(number) }
    let page = [UInt8](repeating: 0, count: 4096)
    while try room(stage) > bytes, write(number, page, page.count) > 0 {}
  }

  private func room(_ stage: Stage) throws -> Int {
    var status = statvfs()
    try #require(statvfs(stage.state, &status) == 0)
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  private func end(_ stage: Stage) { _ = umount2(stage.state, Int32(MNT_DETACH)) }

  /// A file of `count` lines of 4 KB.
  private func file(_ stage: Stage, _ count: Int) throws -> String {
    let more = String(repeating: "x", count: 4000)
    let lines = (1...count).map { #"{"text": "Line \#($0).", "meta": {"more": "\#(more)"}}"# }
    return try stage.write(lines.joined(separator: "\n"), to: "large.jsonl")
  }

  private func size(of file: String, _ stage: Stage) -> Int {
    let facts = try? FileManager.default.attributesOfItem(atPath: "\(stage.state)/\(file)")
    return facts?[.size] as? Int ?? 0
  }

  @Test("alone, it leaves nothing behind")
  func alone() async throws {
    let stage = try await stage(free: 8)
    defer { end(stage) }
    let before = try room(stage)
    let added = try await stage.enqueue("add", try file(stage, 4000), "--cast", "auto", "--yes")
    #expect(added.status == 74, "\(added.stderr)")
    #expect(added.stderr.contains("the disk is full"))
    #expect(size(of: "csm.db-wal", stage) == 0)
    #expect(try room(stage) >= before - 65_536)
    #expect(try await stage.lines().count == 1)
  }

  @Test("beside csmd, it takes room only until csmd's next look", arguments: [24, 12])
  func attended(_ free: Int) async throws {
    let stage = try await stage(free: free)
    defer { end(stage) }
    let fal = try await StandIn(stage)
    let daemon = try await stage.daemon(fal.settings)
    let added = try await stage.enqueue(
      "add", try file(stage, free * 300), "--cast", "auto", "--yes")
    #expect(added.status == 74, "\(added.stderr)")
    try await eventually("there is room again") {
      try room(stage) > (free - 2) << 20 && size(of: "csm.db-wal", stage) < 1 << 20
    }
    withExtendedLifetime(daemon) {}
  }

  @Test("beside a working csmd, whose part of the WAL waits for room in the database")
  func besideWork() async throws {
    let stage = try await stage(["CSM_MAX_IN_FLIGHT": "2"])
    defer { end(stage) }
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(60), to: "b.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("some are stored") { try await stage.states()["STORED", default: 0] > 3 }
    let added = try await stage.enqueue("add", try file(stage, 20_000), "--cast", "auto", "--yes")
    #expect(added.status == 74, "\(added.stderr)")
    try await eventually("the log is cut") { size(of: "csm.db-wal", stage) < 1 << 20 }
    try await eventually("all are stored") { try await stage.states() == ["STORED": 61] }
    withExtendedLifetime(daemon) {}
  }

  @Test("a start finds room for its first writes on a disk that others have filled")
  func startBetweenOthers() async throws {
    let stage = try await stage()
    defer { end(stage) }
    let fal = try await StandIn(stage)
    let first = try await stage.daemon(fal.settings)
    try await eventually("room is kept") { size(of: "csm.reserve", stage) >= 4 << 20 }
    first.send(SIGKILL)
    _ = try await first.end()
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "b.txt"))
    try fill(stage, leaving: 0)
    let second = try await stage.daemon(fal.settings)
    try await eventually("the gate is closed") { try await stage.gates() == ["disk"] }
    unlink("\(stage.state)/ballast")
    try await eventually("all are stored") { try await stage.states() == ["STORED": 4] }
    withExtendedLifetime(second) {}
  }

  @Test("a start shrinks the WAL that a crash left, even on a full disk")
  func start() async throws {
    let stage = try await stage(free: 24)
    defer { end(stage) }
    let fal = try await StandIn(stage)
    // Killed at its close, when the WAL is as large as it gets.
    let faults = [
      "LD_PRELOAD": "\(Stage.programs)/libCFaults.so",
      "FAULTS_ROOTS": "\(stage.state)/csm.db-wal", "FAULTS_CALLS": "pwrite", "FAULTS_DO": "kill",
      "FAULTS_AT": "8000",
    ]
    let killed = try await stage.enqueue(
      "add", try file(stage, 4000), "--cast", "auto", "--yes", settings: faults)
    #expect(killed.status == -SIGKILL, "\(killed.stderr)")
    #expect(size(of: "csm.db-wal", stage) > 4 << 20)
    unlink("\(stage.state)/csm.db-shm")
    try fill(stage, leaving: 0)
    let night = try stage.start("csmd", ["run", "--until-idle"], fal.settings)
    try await eventually("there is room again") { try room(stage) > 4 << 20 }
    // There is still less room than csmd wants free.
    unlink("\(stage.state)/ballast")
    #expect(try await night.end().status == 0)
    #expect(try await stage.states() == ["STORED": 1])
  }
}
