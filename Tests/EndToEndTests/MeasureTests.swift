import Foundation
import Testing

@Suite("Measuring audio")
struct MeasureTests {
  @Test(
    "csmd measures audio when it stores it, and verify --measure the rest, with ffmpeg if compressed"
  )
  func measured() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    func names() async throws -> [[String]] {
      try await stage.lines().map { $0["check_names"] as? [String] ?? ["none"] }
    }
    let first = try await names()
    #expect(first.allSatisfy { !$0.contains("not-measured") }, "\(first)")

    // A table of a version that did not measure.
    let forget = [
      "-cmd", ".timeout 60000", stage("state/csm.db"), "UPDATE object SET samples = NULL",
    ]
    #expect(try await stage.start("/usr/bin/sqlite3", forget).end().status == 0)
    let before = try await stage.enqueue("list", "--json")
    let unmeasured = try await names()
    #expect(unmeasured.allSatisfy { $0.contains("not-measured") }, "\(before.stdout)")
    let show = try await stage.enqueue("show", "L1")
    #expect(show.stdout.contains("not-measured"))

    let report = try await stage.enqueue("verify", "--measure", "--json")
    #expect(report.status == 0, "\(report.stderr)")
    #expect(try report.objects().first?["measured"] as? Int == 3)
    #expect(try await names() == first)
    let again = try await stage.enqueue("verify", "--measure")
    #expect(again.stdout == "0 objects measured\n")
    #expect(try await stage.enqueue("verify", "--measure", "--full").status == 64)
  }
}
