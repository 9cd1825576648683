import Foundation
import Glibc
import Testing

@Suite("What a person decides about lines")
struct DecisionTests {
  @Test(
    "cancel without a daemon: waiting lines are cancelled and never sent"
  )
  func cancelWaiting() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let cancelled = try await stage.enqueue("cancel", "a:L2")
    #expect(cancelled.status == 0)
    #expect(cancelled.stdout == "1 job cancelled\n")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["CANCELLED": 1, "STORED": 2])
    #expect(try fal.accepted().sorted() == ["Line 1 of the test.", "Line 3 of the test."])
  }

  @Test(
    "equal lines that are cancelled too are reported, with the command that speaks them after all",
    arguments: [
      ["a:L1"], ["1"], ["--job", "1"], ["--text", "Line 1", "--batch", "a"], ["--batch", "a"],
    ])
  func cancelShared(_ selection: [String]) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "b c.txt"))
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "d.txt"), "--take", "2")
    let cancelled = try await stage.start("csm-enqueue", ["cancel"] + selection).end()
    #expect(
      cancelled.stderr
        == "1 line of b c has the same words, and will not be spoken either: "
        + "csm-enqueue reroll 'b c:L1' speaks it after all\n")
    // The advice helps, and only for that line.
    let advice = try #require(cancelled.stderr.firstMatch(of: /csm-enqueue (reroll .*) speaks/)).1
    let again = try await stage.start(
      "/bin/sh", ["-c", "\(Stage.programs)/csm-enqueue \(advice)"]
    ).end()
    #expect(again.status == 0, "\(again)")
    _ = try await stage.night(fal.settings)
    #expect(try await stage.lines("--batch", "b c").first?["state"] as? String == "STORED")
    #expect(try await stage.lines("a:L1").first?["state"] as? String == "CANCELLED")
  }

  @Test("many equal lines of a batch are reported together")
  func cancelManyShared() async throws {
    let stage = try await Stage()
    for name in ["a", "b"] {
      _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "\(name).txt"))
    }
    let own = try await stage.enqueue("cancel", "--text", "Line 1")
    #expect(own.stderr == "")
    let cancelled = try await stage.enqueue("cancel", "--batch", "a")
    #expect(cancelled.stdout == "2 jobs cancelled\n")
    #expect(
      cancelled.stderr
        == "3 lines of b have the same words, and will not be spoken either: "
        + "csm-enqueue reroll --batch b --state CANCELLED speaks them after all\n")
    #expect(
      try await stage.enqueue("reroll", "--batch", "b", "--state", "CANCELLED").status == 0)
  }

  @Test("a request at fal is cancelled there, and its line ends CANCELLED")
  func cancelAtFal() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--runners", "1", "--latency", "600s-600s")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "b.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("all POSTs are accepted") {
      try await stage.lines().allSatisfy { $0["request_id"] is String }
    }
    let cancelled = try await stage.enqueue("cancel", "--batch", "a")
    #expect(cancelled.status == 0)
    #expect(cancelled.stdout.contains("3 at fal"))
    #expect(cancelled.stderr.hasSuffix("reroll b:L1 speaks it after all, once CANCELLED\n"))
    try await eventually("all are cancelled") { try await stage.states() == ["CANCELLED": 4] }
    #expect(try fal.calls("cancel") == 3)
    #expect(try await stage.enqueue("wait").status == 0)
    #expect(try await stage.enqueue("cancel", "--all").stderr.hasPrefix("nothing to cancel"))
    #expect(try await stage.enqueue("reroll", "b:L1").status == 0)
    withExtendedLifetime(daemon) {}
  }

  @Test("without a daemon, a request is cancelled at fal at the next start")
  func cancelBetween() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--runners", "1", "--latency", "600s-600s")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("all POSTs are accepted") {
      try await stage.lines().allSatisfy { $0["request_id"] is String }
    }
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
    _ = try await stage.enqueue("cancel", "--batch", "a")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["CANCELLED": 2])
    #expect(try fal.calls("cancel") == 2)
  }

  @Test("after a late cancel, the audio is kept, since it was paid for")
  func cancelTooLate() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(
      stage, "--latency", "10s-10s", "--faults", "run:uncancellable")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("it runs at fal") {
      try fal.statistics()["in_progress"] as? Int == 1
    }
    _ = try await stage.enqueue("cancel", "1")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    #expect(try await stage.states() == ["STORED": 1])
    withExtendedLifetime(daemon) {}
  }

  @Test(
    "a selector that matches nothing is not success",
    arguments: [
      ["cancel", "99"], ["retry", "--failed"], ["cancel", "--batch", "nobody"],
      ["export", "nobody", "--to", "/tmp"], ["status", "nobody"],
    ])
  func nothing(_ command: [String]) async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let output = try await stage.start("csm-enqueue", command).end()
    #expect(output.status == 1)
    #expect(!output.stderr.isEmpty)
  }

  @Test("cancelling a line that has ended is reported, and is not success")
  func cancelEnded() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let output = try await stage.enqueue("cancel", "1")
    #expect(output.status == 1)
    #expect(output.stderr.contains("ended"))
    #expect(try await stage.states() == ["STORED": 1])
  }

  @Test("retry and cancel ask which lines are meant", arguments: ["retry", "cancel"])
  func which(_ command: String) async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let output = try await stage.enqueue(command)
    #expect(output.status == 64)
    #expect(output.stderr.contains("say which"))
  }

  @Test(
    "an empty --text does not match every line",
    arguments: [["cancel"], ["retry"], ["reroll"], ["list"]])
  func emptyText(_ command: [String]) async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let output = try await stage.start("csm-enqueue", command + ["--text", ""]).end()
    #expect(output.status == 64)
    #expect(output.stderr.contains("--text is empty"), "\(output.stderr)")
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  @Test("an id of several batches needs its batch, except for showing lines")
  func namesakes() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write("One.\nSame.\n", to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write("Two.\nSame.\n", to: "b.txt"))
    for command in ["cancel", "retry", "reroll"] {
      let output = try await stage.enqueue(command, "a:L2", "L1")
      #expect(output.status == 64)
      #expect(
        output.stderr
          == "csm-enqueue: L1 is a line of several batches: name one as BATCH:LINE, such as a:L1\n")
    }
    #expect(try await stage.states() == ["QUEUED": 4])
    #expect(try await stage.lines("L1").count == 2)
    #expect(try await stage.enqueue("cancel", "L1", "--batch", "b").status == 0)
    #expect(try await stage.enqueue("cancel", "a:L1").status == 0)
    // Both are the same job.
    #expect(try await stage.enqueue("cancel", "L2").status == 0)
    #expect(try await stage.states() == ["CANCELLED": 4])
  }

  @Test("reroll applies to lines as they are now")
  func noFormer() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let output = try await stage.enqueue("reroll", "--former", "--batch", "a")
    #expect(output.status == 64)
    #expect(!(try await stage.enqueue("reroll", "--help").stdout.contains("--former")))
    #expect(try await stage.enqueue("cancel", "--help").stdout.contains("--former"))
  }

  @Test("lines of higher priority go first")
  func priority() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "1"])
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write("Later.\n", to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write("First.\n", to: "b.txt"), "--priority", "5")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted() == ["First.", "Later."])
  }
}
