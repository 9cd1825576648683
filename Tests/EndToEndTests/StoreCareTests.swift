import Foundation
import Glibc
import Testing

@Suite("backup, verify, gc")
struct StoreCareTests {
  /// A finished night, and its running stand-in.
  private func night(_ count: Int) async throws -> (Stage, StandIn) {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(count), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    return (stage, fal)
  }

  /// The path of a line's audio.
  private func path(_ stage: Stage, _ line: String) async throws -> String {
    try #require(try await stage.lines(line).first?["path"] as? String)
  }

  /// Makes a file older than any grace.
  private func age(_ path: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: path)
  }

  @Test("a backup made while csmd works can be restored, is paused, and verify accepts it")
  func restore() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(40), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("some are stored") {
      (try await stage.states()["STORED"] ?? 0) > 5
    }
    let backup = try await stage.enqueue("backup", "--to", stage("backup"), "--json")
    #expect(backup.status == 0, "\(backup.stderr)")
    let report = try #require(try backup.objects().first)
    #expect(report["jobs"] as? Int == 40)
    let copied = try #require(report["copied"] as? Int)
    #expect(copied > 5)
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
    let database = try #require(report["database"] as? String)
    try await demandRestorable(stage, database, stored: copied)
    // The next backup copies only new files.
    let second = try await stage.enqueue("backup", "--to", stage("backup"), "--keep", "1", "--json")
    let next = try #require(try second.objects().first)
    #expect(next["copied"] as? Int == 40 - copied)
    #expect(next["present"] as? Int == copied)
    #expect(stage.names(stage("backup")).count { $0.hasSuffix(".db") } == 1)
  }

  /// Restores as systemd/README.md says.
  private func demandRestorable(_ stage: Stage, _ database: String, stored: Int) async throws {
    let state = stage("restored")
    try #require(mkdir(state, 0o700) == 0)
    _ = try await stage.start(
      "/bin/cp", ["-a", "--reflink=auto", "\(stage("backup"))/objects", state]
    ).end()
    _ = try await stage.start("/bin/cp", [database, "\(state)/csm.db"]).end()
    let settings = ["CSM_STATE_DIR": state]
    for form in [["verify"], ["verify", "--full"]] {
      let verified = try await stage.start("csm-enqueue", form, settings).end()
      #expect(verified.status == 0, "\(verified.stdout)\(verified.stderr)")
      #expect(verified.stdout.contains("\(stored) of \(stored) objects"))
    }
    let status = try await stage.enqueue("status", settings: settings)
    #expect(status.stdout.contains("PAUSED"), "\(status.stdout)")
    #expect(status.stdout.contains("would be paid for again"))
  }

  @Test("restore replaces the state directory and keeps the former one; not while csmd runs")
  func restoreCommand() async throws {
    let (stage, fal) = try await night(3)
    let none = try await stage.enqueue("restore", stage.folder)
    #expect(none.status == 66)
    #expect(none.stderr.contains("there is no backup in"), "\(none.stderr)")
    _ = try await stage.enqueue("backup", "--to", stage("backup"))
    _ = try await stage.enqueue("add", try stage.write("Later.\n", to: "b.txt"))
    let daemon = try await stage.daemon(fal.settings)
    let busy = try await stage.enqueue("restore", stage("backup"))
    #expect(busy.status == 75)
    #expect(busy.stderr.contains("csmd is running: stop it first"))
    daemon.send(SIGTERM)
    _ = try await daemon.end()
    #expect(try await stage.enqueue("restore", stage("backup"), "--database", "x.db").status == 66)
    for former in ["state.old", "state.old-2"] {
      let restored = try await stage.enqueue("restore", stage("backup"))
      #expect(restored.status == 0, "\(restored)")
      #expect(restored.stdout.contains("3 jobs and 3 audio files restored"), "\(restored.stdout)")
      #expect(stage.names(stage.folder).contains { $0.hasPrefix(former) })
      #expect(try await stage.states() == ["STORED": 3])
      #expect(try await stage.enqueue("verify", "--full").status == 0)
      #expect(try await stage.gates() == ["paused"])
    }
    #expect(!stage.names(stage.folder).contains { $0.hasSuffix(".restoring") })
    let former = try await stage.enqueue(
      "list", "--all", settings: ["CSM_STATE_DIR": stage("state.old")])
    #expect(former.lines.count == 4)
    // Damaged audio in the backup is reported, and the rest restored.
    let path = try #require(try await stage.lines().first?["path"] as? String)
    let name = path.replacing(stage.state, with: stage("backup"))
    try #require(unlink(name) == 0)
    let partly = try await stage.enqueue("restore", stage("backup"))
    #expect(partly.status == 1)
    #expect(partly.stderr.contains("is missing"), "\(partly.stderr)")
    #expect(try await stage.states() == ["STORED": 3])
  }

  @Test("damaged and missing audio is held, and downloaded again from the same request at no cost")
  func damage() async throws {
    let (stage, fal) = try await night(4)
    let (damaged, missing, shortened) = (
      try await path(stage, "L1"), try await path(stage, "L2"), try await path(stage, "L3")
    )
    #expect(try await stage.enqueue("verify", "--full").status == 0)
    var bytes = try stage.bytes(damaged)
    bytes[bytes.count / 2] ^= 1
    // In place: a failing disk does not change a file's mode.
    try #require(chmod(damaged, 0o640) == 0)
    try Data(bytes).write(to: URL(fileURLWithPath: damaged))
    try #require(chmod(damaged, 0o440) == 0)
    #expect(try await stage.enqueue("verify").status == 0)
    try #require(unlink(missing) == 0 && chmod(shortened, 0o640) == 0)
    try #require(truncate(shortened, 100) == 0 && chmod(shortened, 0o440) == 0)
    let fast = try await stage.enqueue("verify", "--json")
    #expect(fast.status == 1)
    #expect(try fast.objects().first?["held"] as? Int == 2)
    let full = try await stage.enqueue("verify", "--full")
    #expect(full.status == 1)
    #expect(full.stdout.contains("\(damaged) is damaged"), "\(full.stdout)")
    #expect(try await stage.states() == ["STORED": 1, "HELD": 3])
    #expect(stage.names("\(stage.state)/quarantine").count == 2)
    #expect(try await stage.enqueue("verify", "--full").status == 0)

    #expect(try await stage.enqueue("retry", "--lost").status == 0)
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr)")
    #expect(try await stage.states() == ["STORED": 4])
    #expect(try await stage.enqueue("verify", "--full").status == 0)
    try fal.demandOneRequest(a: (1...4).map { "Line \($0) of the test." })
  }

  @Test("a running csmd downloads lost audio again as soon as a person runs retry")
  func damageUnderDaemon() async throws {
    let (stage, fal) = try await night(2)
    let daemon = try await stage.daemon(fal.settings)
    try #require(unlink(try await path(stage, "L1")) == 0)
    #expect(try await stage.enqueue("verify").status == 1)
    #expect(try await stage.enqueue("retry", "L1").status == 0)
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    #expect(try await stage.states() == ["STORED": 2])
    #expect(try fal.accepted().count == 2)
    withExtendedLifetime(daemon) {}
  }

  @Test("a store that is not mounted is 74, and no audio is taken for lost")
  func notMounted() async throws {
    let (stage, _) = try await night(2)
    try #require(rename("\(stage.state)/objects", stage("elsewhere")) == 0)
    for command in ["verify", "gc"] {
      let output = try await stage.enqueue(command)
      #expect(output.status == 74)
      #expect(output.stderr.contains("mounted"))
    }
    #expect(try await stage.states() == ["STORED": 2])
  }

  @Test("gc finds audio that no line uses, and removes it only with --delete and only when old")
  func sweep() async throws {
    let (stage, _) = try await night(2)
    #expect(try await stage.enqueue("gc").stdout == "nothing to remove\n")
    let name = String(repeating: "0", count: 62)
    let orphan = "\(stage.state)/objects/ab/\(name)"
    try Data("orphan".utf8).write(to: URL(fileURLWithPath: orphan))
    #expect(try await stage.enqueue("gc", "--delete").stdout == "nothing to remove\n")
    try age(orphan)
    for line in ["L1", "L2"] {
      try age(try await path(stage, line))
    }
    let dry = try await stage.enqueue("gc", "--json")
    #expect(try dry.objects().first?["objects"] as? Int == 1)
    #expect(FileManager.default.fileExists(atPath: orphan))
    let verified = try await stage.enqueue("verify")
    #expect(verified.stdout.contains("1 object that no line uses"), "\(verified.stdout)")
    #expect(try await stage.enqueue("gc", "--delete").status == 0)
    #expect(!FileManager.default.fileExists(atPath: orphan))
    #expect(try await stage.enqueue("verify", "--full").status == 0)
    try await stage.demandSoundStore()
  }

  @Test("gc does not remove what a working csmd may have just stored")
  func attended() async throws {
    let stage = try await Stage()
    let daemon = try await stage.daemon()
    let refused = try await stage.enqueue("gc", "--delete", "--grace", "59m")
    #expect(refused.status == 75)
    #expect(refused.stderr.contains("stop it first"), "\(refused.stderr)")
    #expect(try await stage.enqueue("gc", "--delete", "--grace", "1h").status == 0)
    #expect(try await stage.enqueue("gc", "--grace", "0s").status == 0)
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
    #expect(try await stage.enqueue("gc", "--delete", "--grace", "0s").status == 0)
  }

  @Test("gc keeps the clips that lines need after their voice was removed")
  func clips() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.addVoice("anna")
    let voice = try #require(try await stage.enqueue("voice", "list", "--json").objects().first)
    let digest = try #require(voice["digest"] as? String)
    let clip = "\(stage.state)/objects/\(digest.prefix(2))/\(digest.dropFirst(2))"
    let file = try stage.write(sentences(2), to: "a.txt")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    #expect(try await stage.enqueue("voice", "remove", "anna").status == 0)
    try age(clip)
    #expect(try await stage.enqueue("gc", "--delete").stdout == "nothing to remove\n")
    // Nor after it was missing for a while, such as on a disk that was not mounted.
    try #require(rename(clip, stage("elsewhere")) == 0)
    let missed = try await stage.enqueue("verify")
    #expect(missed.status == 1)
    #expect(missed.stdout.contains("\(clip) is missing"), "\(missed.stdout)")
    try #require(rename(stage("elsewhere"), clip) == 0)
    #expect(try await stage.enqueue("gc", "--delete").stdout == "nothing to remove\n")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 2])
  }

  @Test("before the first start, there is nothing to do, and that is success")
  func nothingYet() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    for command in [
      ["verify", "--full"], ["gc", "--delete"], ["backup", "--to", stage("backup")],
    ] {
      let output = try await stage.start("csm-enqueue", command).end()
      #expect(output.status == 0, "\(command) \(output.stderr)")
    }
  }

  @Test("the state directory itself is refused as the place for a backup")
  func intoItself() async throws {
    let (stage, _) = try await night(1)
    #expect(try await stage.enqueue("backup", "--to", stage.state).status == 64)
    try await stage.demandSoundStore()
  }

  @Test("an empty name of a folder is a usage error, and the message asks for a name")
  func nameless() async throws {
    let stage = try await Stage()
    for command in [["backup", "--to", ""], ["restore", ""], ["export", "a", "--to", ""]] {
      let refused = try await stage.start("csm-enqueue", command).end()
      #expect(refused.status == 64, "\(command): \(refused)")
      #expect(refused.stderr.contains("names no folder: give"), "\(command): \(refused)")
    }
  }
}
