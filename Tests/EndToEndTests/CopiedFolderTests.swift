import Foundation
import Glibc
import Servers
import Testing

/// With a copied state directory or an older database, csmd would send lines that were already sent.
@Suite("A state directory that is not as csmd left it")
struct CopiedFolderTests {
  /// A night that is half done when `copy` is called, and done on return.
  private func night(
    _ stage: Stage, _ fal: StandIn, isKilled: Bool = false, copy: () async throws -> Void
  ) async throws {
    let texts = sentences(30).split(separator: "\n").map(String.init)
    _ = try await stage.enqueue(
      "add", try stage.write(texts.joined(separator: "\n"), to: "a.txt"))
    try await stage.avoidMidnight()
    // The day's money is enough for half of them; some are at fal as csmd leaves.
    let daemon = try await stage.daemon(fal.settings.merging(["CSM_BUDGET_USD": "0.009"]) { $1 })
    try await eventually("some are stored") {
      try await stage.states()["STORED"] ?? 0 >= 5
    }
    daemon.send(SIGTERM)
    _ = try await daemon.end()
    let before = try fal.accepted().count
    #expect((5..<30).contains(before))
    try await copy()
    let rest = try await stage.daemon(fal.settings)
    try await eventually("all are stored") { try await stage.states() == ["STORED": 30] }
    rest.send(isKilled ? SIGKILL : SIGTERM)
    _ = try await rest.end()
    #expect(try fal.accepted().count == 30)
  }

  /// Starts csmd on the copy or the older database, and then resumes as a person would.
  private func demandNothingTwice(
    _ stage: Stage, _ fal: StandIn, _ settings: [String: String], because reason: String
  ) async throws {
    let settings = fal.settings.merging(settings) { $1 }
    let paused = try await stage.start("csmd", ["run", "--until-idle"], settings).end()
    // Requests in fal's list are adopted and stored; only lines that are not in it wait.
    #expect([0, 3].contains(paused.status), "\(paused.stderr.suffix(2000))")
    #expect(paused.stderr.contains(reason), "\(paused.stderr.suffix(2000))")
    #expect(try fal.accepted().count == 30)
    let status = try await stage.start("csm-enqueue", ["status"], settings).end()
    #expect(status.stdout.hasPrefix("PAUSED"), "\(status.stdout)")
    _ = try await stage.start("csm-enqueue", ["resume"], settings).end()
    let night = try await stage.start("csmd", ["run", "--until-idle"], settings).end()
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    let after = try await stage.start("csm-enqueue", ["status", "--json"], settings).end()
    let lines = try after.objects().first?["lines"] as? [String: Int]
    #expect(lines?["STORED"] == 30, "\(after.stdout)")
    try fal.demandOneRequest(a: sentences(30).split(separator: "\n").map(String.init))
  }

  @Test("a copy elsewhere is paused, adopts what fal lists, and pays for nothing twice")
  func copied() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "4"])
    let fal = try await StandIn(stage, "--latency", "500ms", "--list-unfinished")
    let copy = stage("copy")
    try await night(stage, fal) {
      _ = try await stage.start("/bin/cp", ["-r", stage.state, copy]).end()
    }
    try await demandNothingTwice(
      stage, fal, ["CSM_STATE_DIR": copy], because: "it is a copy of the one")
  }

  @Test(
    "one with an older database is paused too, even with the older record beside it",
    arguments: [["csm.db"], ["csm.db", "csm.life"]], [false, true])
  func putBack(files: [String], isKilled: Bool) async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "4"])
    let fal = try await StandIn(stage, "--latency", "500ms", "--list-unfinished")
    try await night(stage, fal, isKilled: isKilled) {
      for name in files {
        _ = try await stage.start("/bin/cp", ["\(stage.state)/\(name)", stage(name)]).end()
      }
    }
    for name in ["csm.db-wal", "csm.db-shm"] where stage.names(stage.state).contains(name) {
      try FileManager.default.removeItem(atPath: "\(stage.state)/\(name)")
    }
    // Into the same file: only what csmd wrote elsewhere then shows the change.
    for name in files {
      _ = try await stage.start("/bin/cp", [stage(name), "\(stage.state)/\(name)"]).end()
    }
    try await demandNothingTwice(stage, fal, [:], because: "it is older than what csmd last wrote")
  }

  /// The settings for a copy of the folder, which has a line that was spoken and one that is queued.
  private func copyWithQueuedLine(
    _ stage: Stage, _ settings: [String: String]
  ) async throws -> [String: String] {
    _ = try await stage.enqueue("add", try stage.write("One line.", to: "a.txt"))
    #expect(try await stage.night(settings).status == 0)
    _ = try await stage.enqueue("add", try stage.write("Another line.", to: "b.txt"))
    let copy = stage("copy")
    _ = try await stage.start("/bin/cp", ["-r", stage.state, copy]).end()
    return settings.merging(["CSM_STATE_DIR": copy]) { $1 }
  }

  @Test("a copy whose key may not read fal's list ends, says so, and goes on when a person says so")
  func unreadableList() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--no-listing")
    let settings = try await copyWithQueuedLine(stage, fal.settings)
    let paused = try await stage.night(settings)
    #expect(paused.status == 3, "\(paused.stderr.suffix(2000))")
    #expect(paused.stderr.contains("fal's list of requests cannot be read"))
    #expect(try fal.accepted().count == 1)
    _ = try await stage.start("csm-enqueue", ["resume"], settings).end()
    let night = try await stage.night(settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(try fal.accepted().count == 2)
  }

  @Test("a copy tells of requests in fal's list that cannot be read, and sends nothing unasked")
  func opaqueRows() async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { asked in
      guard asked.call == .listing else { return nil }
      let row = #"{"request_id": "x", "sent_at": "\#(Date().formatted(.iso8601))"}"#
      return .http(200, #"{"items": [\#(row)], "has_more": false}"#)
    }
    let settings = try await copyWithQueuedLine(stage, fal.settings)
    let paused = try await stage.start("csmd", ["run", "--until-idle"], settings).end()
    #expect(paused.status == 3, "\(paused.stderr.suffix(2000))")
    #expect(paused.stderr.contains("1 request in fal's list may be a line of this table"))
    #expect(fal.posts == ["One line."])
    _ = try await stage.start("csm-enqueue", ["resume"], settings).end()
    let night = try await stage.start("csmd", ["run", "--until-idle"], settings).end()
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(fal.posts == ["One line.", "Another line."])
  }

  @Test("one that was only moved within its file system goes on as before")
  func moved() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "4"])
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let moved = stage("moved")
    try FileManager.default.moveItem(atPath: stage.state, toPath: moved)
    let settings = fal.settings.merging(["CSM_STATE_DIR": moved]) { $1 }
    let night = try await stage.start("csmd", ["run", "--until-idle"], settings).end()
    #expect(night.status == 0)
    #expect(!night.stderr.contains("paused"))
  }
}
