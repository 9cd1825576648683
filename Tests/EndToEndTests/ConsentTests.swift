import Testing

@Suite("Consent before much is paid")
struct ConsentTests {
  /// Runs `csm-enqueue` on a terminal, and answers its question.
  private func asked(
    _ stage: Stage, _ command: String, answer: String, _ settings: [String: String] = [:]
  ) async throws -> Output {
    try await stage.start(
      "/usr/bin/script", ["-qec", "\(Stage.programs)/csm-enqueue \(command)", "/dev/null"],
      settings, input: try stage.write(answer + "\n", to: "answer")
    ).end()
  }

  /// The text on a terminal, without its line breaks.
  private func words(_ output: Output) -> String {
    output.stdout.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test("a script is never asked, and is not refused for lack of an answer")
  func scripts() async throws {
    let stage = try await Stage(["CSM_CONFIRM_USD": "0.0001"])
    let many = try stage.write(sentences(120), to: "many.txt")
    let added = try await stage.enqueue("add", many)
    #expect(added.status == 0)
    #expect(added.stderr.contains("W-NOVOICE"), "\(added.stderr)")
    #expect(try await stage.enqueue("add", "-", input: many).status == 0)
    #expect(try await stage.status()["total"] as? Int ?? 0 > 120)
  }

  @Test(
    "on a terminal, add asks before it queues more than 50 lines without a voice; only yes is yes",
    arguments: [("y", 60), ("n", 0), ("", 0)])
  func strangers(_ answer: String, _ lines: Int) async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(60), to: "many.txt")
    let output = try await asked(stage, "add \(file)", answer: answer)
    #expect(output.status == (lines > 0 ? 0 : 64), "\(output)")
    #expect(words(output).contains("Add them without a voice? [y/N]"), "\(output.stdout)")
    #expect(try await stage.status()["total"] as? Int == lines)
  }

  @Test("few lines, a voice, --cast auto and --dry-run cause no question")
  func unasked() async throws {
    let stage = try await Stage()
    try await stage.addVoice("anna")
    let many = try stage.write(sentences(60), to: "many.txt")
    let few = try stage.write(sentences(50), to: "few.txt")
    for command in [
      "add \(few)", "add \(many) --dry-run", "add \(many) --voice anna",
      "add \(many) --batch strangers --cast auto",
    ] {
      let output = try await asked(stage, command, answer: "n")
      #expect(output.status == 0, "\(command): \(output.stdout)")
      #expect(!output.stdout.contains("[y/N]"), "\(output.stdout)")
    }
  }

  @Test("work that costs more than CSM_CONFIRM_USD needs a yes, or --yes")
  func cost() async throws {
    let stage = try await Stage(["CSM_CONFIRM_USD": "0.001"])
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    let file = try stage.write(sentences(3), to: "a.txt")
    let refused = try await asked(stage, "add \(file)", answer: "n")
    #expect(refused.status == 64)
    #expect(words(refused).contains("$0.0018, more than CSM_CONFIRM_USD"), "\(refused.stdout)")
    let takes = try await asked(stage, "add \(file) --rerolls 2", answer: "n")
    #expect(
      words(takes).contains("CSM_CONFIRM_USD, plus at most $0.0039 for more takes"),
      "\(takes.stdout)")
    #expect(try await stage.status()["total"] as? Int == 0)
    #expect(try await asked(stage, "add \(file) --yes", answer: "n").status == 0)
    _ = try await stage.night(fal.settings)
    for command in ["retry --failed", "reroll --batch a --takes 2"] {
      let dear = ["CSM_CONFIRM_USD": "0.0005"]
      let before = try await stage.lines("--former").count
      #expect(try await asked(stage, command, answer: "n", dear).status == 64, "\(command)")
      #expect(try await stage.lines("--former").count == before)
      #expect(try await stage.states()["QUEUED"] == nil)
      #expect(try await asked(stage, command, answer: "y", dear).status == 0, "\(command)")
      _ = try await stage.enqueue("cancel", "--all")
    }
  }
}
