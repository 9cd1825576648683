import Foundation
import Servers
import Synchronization
import Testing

@Suite("Submits whose answer was lost")
struct LostAnswerTests {
  @Test("are found in fal's listing and stored, one accepted POST each")
  func found() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:reset-after%3", "--list-unfinished")
    _ = try await stage.enqueue("add", try stage.write(sentences(9), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 9])
    #expect(night.stderr.contains("UNKNOWN"))
    try fal.demandOneRequest(a: sentences(9).split(separator: "\n").map(String.init))
  }

  @Test("are found under both readings of fal's documentation, however long they wait at fal")
  func waitingLong() async throws {
    // Requests wait at fal much longer than the grace, and are not listed while they wait.
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "2s", "CSM_MAX_IN_FLIGHT": "60"])
    let fal = try await StandIn(
      stage, "--faults", "submit:reset-after%12", "--listing-from", "dispatched",
      "--list-unfinished", "--runners", "2", "--latency", "300ms-400ms")
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(60), to: "a.txt"), "--cast", "auto")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(night.stderr.contains("UNKNOWN"))
    #expect(!night.stderr.contains("HELD"))
    #expect(try await stage.states() == ["STORED": 60])
    try fal.demandOneRequest(a: sentences(60).split(separator: "\n").map(String.init))
  }

  @Test("are adopted without a person even if they are found after the grace")
  func foundLate() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "1s"])
    let fal = try await StandIn(
      stage, "--faults", "submit:reset-after#1", "--list-unfinished", "--no-listing")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 2)
    try fal.put("listing")
    let retried = try await stage.enqueue("retry", "--held")
    #expect(retried.stderr.contains("looks for 1 job at fal once more"), "\(retried.stderr)")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 3])
    try fal.demandOneRequest(a: sentences(3).split(separator: "\n").map(String.init))
  }

  @Test("are those whose answer has the id of a line that is stored already, and are found, too")
  func sameID() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "1"])
    let first = Mutex<String?>(nil)
    let fal = try ScriptedFal { asked in
      guard asked.call == .submit else { return nil }
      return first.withLock { first in
        first = first ?? asked.id
        let id = asked.text == "Line 3 of the test." ? first : asked.id
        return .http(200, #"{"request_id": "\#(id ?? "")", "status": "IN_QUEUE"}"#)
      }
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 3])
    #expect(fal.posts.count == 3)
    #expect(night.stderr.contains("the answer names another line's request"))
    #expect(!night.stderr.contains("restarted"))
  }

  @Test("are shown by status while csmd looks for them")
  func lookedFor() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "30m"])
    let fal = try await StandIn(stage, "--faults", "submit:reset-after#1", "--no-listing")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await daemon.logs("UNKNOWN")
    let status = try await stage.enqueue("status")
    #expect(status.status == 2)
    #expect(status.stdout.contains("fal's list for at most 30 min 0 s"), "\(status.stdout)")
  }

  /// Options under which the listing does not help: it lags, or this key may not read it.
  static let noHelp = [["--listing-lag", "60m"], ["--no-listing"]]

  @Test(
    "are held after the grace if not found, and sent again only by a person", arguments: noHelp
  )
  func held(_ options: [String]) async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "2s"])
    let fal = try await StandIn(stage, ["--faults", "submit:reset-after#1-2"] + options)
    _ = try await stage.enqueue("add", try stage.write(sentences(6), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 2, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["HELD": 2, "STORED": 4])
    try fal.demandOneRequest(a: sentences(6).split(separator: "\n").map(String.init))
    let held = try #require(try await stage.lines("--state", "HELD").first)
    #expect(held["error_class"] as? String == "lost_submit")

    #expect(try await stage.enqueue("wait").status == 2)
    let follow = try await stage.enqueue("export", "a", "--to", stage("out"), "--follow")
    #expect(follow.status == 2 && follow.stderr.contains("4 files written"), "\(follow)")
    let again = try await stage.enqueue("retry", "--held")
    #expect(again.status == 0)
    #expect(again.stdout.hasPrefix("2 jobs"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 6])
    #expect(try fal.accepted().count == 8)
  }
}
