import Foundation
import Testing

/// The programs with rows that a member of the group has overwritten.
@Suite("A table that somebody has overwritten")
struct UnreadableRowTests {
  private static let shell = "/usr/bin/sqlite3"

  @Test(
    "does not leak the key: bad rows are HELD, good ones spoken, and every command shows both",
    .enabled(if: FileManager.default.isExecutableFile(atPath: shell)))
  func spoilt() async throws {
    let stage = try await Stage()
    let fal = try ScriptedFal { _ in nil }
    _ = try await stage.enqueue("add", try stage.write(sentences(7), to: "a.txt"))
    let written = try await stage.start(
      Self.shell,
      [
        "\(stage.state)/csm.db",
        """
        UPDATE job SET endpoint = '../../v1/keys?x=' WHERE id = 1;
        UPDATE job SET generation = 9223372036854775807 WHERE id = 2;
        UPDATE job SET input = '{' WHERE id = 3;
        UPDATE job SET take = 9223372036854775807 WHERE id = 4;
        UPDATE job
        SET state = 'IN_QUEUE', wake_at = NULL, request_id = '../../../v1/keys?x=', accepted_at = 1,
          generation = 1, attempts = 0
        WHERE id = 5;
        """,
      ]
    ).end()
    #expect(written.status == 0, "\(written)")
    let night = try await stage.night(fal.settings)
    #expect(night.status == 2, "\(night.stderr.suffix(2000))")
    #expect(night.stderr.split(separator: "\n").count { $0.contains("unreadable_row") } == 5)
    #expect(try await stage.states() == ["HELD": 5, "STORED": 2])
    #expect(fal.posts.sorted() == ["Line 6 of the test.", "Line 7 of the test."])
    #expect(!fal.requestsToQueue.contains { $0.contains("keys") })
    for arguments in [
      ["list", "--all"], ["show", "a:L1"], ["show", "--json", "a:L3"], ["status"],
      ["status", "--json"], ["cost", "--by", "day"], ["cost"],
      ["export", "a", "--to", stage("out")], ["retry", "--held"], ["cancel", "--batch", "a"],
    ] {
      let output = try await stage.start("csm-enqueue", arguments).end()
      #expect((0...3).contains(output.status), "\(arguments): \(output)")
    }
    #expect(stage.names(stage("out")).contains("L6.wav"))
  }
}
