import Foundation
import Servers
import Testing

@Suite("Requests that fail at fal, and audio that does not arrive")
struct FailureTests {
  @Test("an input that the model refuses fails with its class, and is not sent again automatically")
  func refusedInput() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#2")
    _ = try await stage.enqueue("add", try stage.write(sentences(4), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 1)
    #expect(try await stage.states() == ["FAILED": 1, "STORED": 3])
    let failed = try #require(try await stage.lines("--state", "FAILED").first)
    #expect(failed["error_class"] as? String == "content_policy_violation")
    #expect((failed["error"] as? String)?.isEmpty == false)
    #expect(try fal.accepted().count == 4)
    #expect(try await stage.enqueue("wait").status == 1)
    let status = try await stage.enqueue("status", "a")
    #expect(status.stdout.contains("1 FAILED, content_policy_violation: L"), "\(status.stdout)")
    #expect(status.stdout.contains("csm-enqueue retry --batch a --failed"), "\(status.stdout)")
    let causes = try await stage.status()["causes"] as? [[String: Any]]
    #expect(causes?.first?["lines"] as? Int == 1)

    let again = try await stage.enqueue("retry", "--failed")
    #expect(again.stdout == "1 job back in the queue\n")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 4])
    #expect(try fal.accepted().count == 5)
    let nothing = try await stage.enqueue("retry", "--failed")
    #expect(nothing.status == 1)
  }

  @Test("a line with temporary failures fails once its attempts are used up")
  func attempts() async throws {
    let stage = try await Stage(["CSM_MAX_ATTEMPTS": "1"])
    let fal = try await StandIn(stage, "--faults", "run:runner_disconnected#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 1)
    let failed = try #require(try await stage.lines("--state", "FAILED").first)
    #expect(failed["error_class"] as? String == "runner_disconnected")
    #expect(failed["attempts"] as? Int == 1)
    #expect(failed["cost_usd"] as? Double == 0)
    #expect(try fal.accepted().count == 2)
  }

  @Test("a line with a temporary failure is queued again while attempts are left")
  func transient() async throws {
    let stage = try await Stage(["CSM_MAX_ATTEMPTS": "2"])
    let fal = try await StandIn(stage, "--faults", "run:internal_server_error#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    var line: [String: Any] = [:]
    try await eventually("the line waits again") {
      line = try #require(try await stage.lines().first)
      return line["state"] as? String == "QUEUED" && line["attempts"] as? Int == 1
    }
    #expect(line["error_class"] as? String == "internal_server_error")
    withExtendedLifetime(daemon) {}
  }

  /// Faults of the download that pass, or that csmd can work around.
  static let passingFaults = [
    "download:truncate#1-2", "download:reset#1", "download:503#1", "download:503-html#1",
    "download:short#1", "download:type#1", "run:audio-string", "run:audio-data",
    "status:500#1-3", "status:malformed#1", "status:reset#1-2", "result:503#1",
    "result:malformed#1",
    "status:deep#1", "run:falls-back",
  ]

  @Test(
    "faults on the way to the audio cause no other POST",
    arguments: passingFaults)
  func passing(_ fault: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", fault)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "\(night.stderr.suffix(2000))")
    #expect(try await stage.states() == ["STORED": 2])
    try await stage.demandSoundStore()
    try fal.demandOneRequest(a: sentences(2).split(separator: "\n").map(String.init))
  }

  @Test("audio whose URL has expired is downloaded from the one that the result names now")
  func expired() async throws {
    let stage = try await Stage()
    // The first reading of each result names a file that is gone.
    let fal = try ScriptedFal { asked in
      switch asked.call {
      case .result where asked.number == 1:
        .http(200, #"{"audio": {"url": "http://\#(asked.cdn)/\#(asked.id)-expired.wav"}}"#)
      case .download where asked.id.hasSuffix("-expired"):
        .http(403, "<Error><Code>ExpiredToken</Code></Error>")
      default: nil
      }
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 3])
    #expect(fal.posts.count == 3)
    #expect(fal.requestsToCDN.count == 6)
    #expect(fal.requestsToCDN.allSatisfy { !$0.contains("localfal:secret") })
    try await stage.demandSoundStore()
  }

  @Test("a line with audio at a forbidden host is held, and the key does not go there")
  func foreignHost() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:audio-at:http://127.0.0.1:2/x.wav")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 2)
    #expect(try await stage.states() == ["HELD": 1])
    // The result is durable: a retry downloads it, and costs nothing.
    #expect(try await stage.enqueue("retry", "--held").status == 0)
    #expect(try await stage.states() == ["COMPLETED": 1])
    #expect(try fal.accepted().count == 1)
  }
}
