import Testing

@Suite("The next steps in status")
struct NextStepTests {
  @Test("each kind of failure has fal's words and a next step that works as printed")
  func kinds() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(
      stage, "--faults", "run:content_policy_violation#1,run:audio-at:http://127.0.0.1:9/x#2")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let night = try await stage.night(fal.settings)
    #expect(night.stderr.contains("csm-enqueue status says why, and what to do next"))
    let status = try await stage.enqueue("status", "a").stdout
    #expect(status.contains("said: fal answered 422"), "\(status)")
    #expect(status.contains("CSM_CDN_HOSTS"))
    let commands = status.matches(of: /csm-enqueue (retry --batch a --error [a-z_]+)/)
      .map { String($0.1) }
    #expect(commands.count == 2, "\(status)")
    for command in commands {
      let output = try await stage.start(
        "csm-enqueue", command.split(separator: " ").map(String.init)
      )
      .end()
      #expect(output.stdout.hasPrefix("1 job back in the queue"), "\(command): \(output)")
    }
  }

  @Test("retry of cancelled lines leaves them alone, and says that reroll speaks them")
  func cancelled() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    _ = try await stage.enqueue("cancel", "L1")
    let alone = try await stage.enqueue("retry", "L1")
    #expect(alone.status == 1)
    #expect(
      alone.stderr.contains("csm-enqueue reroll speaks STORED and CANCELLED lines again"),
      "\(alone.stderr)")
    #expect(try await stage.night(fal.settings).status == 1)
    let both = try await stage.enqueue("retry", "--batch", "a")
    #expect(both.stdout == "1 job back in the queue\n")
    #expect(
      both.stderr.contains("1 CANCELLED line: left alone; csm-enqueue reroll speaks it after all"),
      "\(both.stderr)")
    #expect(try await stage.enqueue("retry", "--failed").stderr.contains("CANCELLED line") == false)
    #expect(try await stage.enqueue("reroll", "L1").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 2])
  }

  @Test("an unknown submit can be decided before its grace ends, and status shows the price")
  func doubt() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "30m"])
    let fal = try await StandIn(stage, "--faults", "submit:reset-after#1", "--listing-lag", "60m")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await daemon.logs("UNKNOWN")
    let status = try await stage.enqueue("status").stdout
    #expect(status.contains("csm-enqueue retry --state UNKNOWN"), "\(status)")
    #expect(status.contains("up to $0.00057 may be paid twice"), "\(status)")
    #expect(status.contains("about 29 min"), "\(status)")
    let retried = try await stage.enqueue("retry", "--state", "UNKNOWN")
    #expect(retried.stdout == "1 job back in the queue\n")
    #expect(retried.stderr.contains("up to $0.00057"), "\(retried.stderr)")
    #expect(retried.stderr.contains("paid for twice"))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    #expect(try await stage.states() == ["STORED": 1])
    withExtendedLifetime(daemon) {}
  }

  @Test("cancelling an unknown submit decides it at once, and cancel says what it may cost")
  func doubtCancelled() async throws {
    let stage = try await Stage(["CSM_UNKNOWN_GRACE": "30m"])
    let fal = try await StandIn(stage, "--faults", "submit:reset-after#1", "--listing-lag", "60m")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await daemon.logs("UNKNOWN")
    let cancelled = try await stage.enqueue("cancel", "--state", "UNKNOWN")
    #expect(cancelled.stdout == "1 UNKNOWN: csmd looks at fal once more, then decides\n")
    #expect(cancelled.stderr.contains("up to $0.00057 may be billed"), "\(cancelled.stderr)")
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    let line = try #require(try await stage.lines("--state", "CANCELLED").first)
    #expect((line["error"] as? String)?.contains("fal may have spoken and billed it") == true)
    withExtendedLifetime(daemon) {}
  }
}
