import Testing

@Suite("Before much is paid")
struct ConsentTests {
  @Test("more than 50 lines without a voice want a voice or --cast auto; nothing is added before")
  func strangers() async throws {
    let stage = try await Stage()
    let many = try stage.write(sentences(51), to: "many.txt")
    for words in [["add", many], ["add", many, "--yes"], ["add", many, "--json"]] {
      let output = try await stage.start("csm-enqueue", words).end()
      #expect(output.status == 64)
      #expect(output.stderr.contains("51 lines without a voice"), "\(output.stderr)")
      #expect(output.stderr.contains("--cast auto"))
    }
    let stream = try await stage.enqueue("add", "-", input: many)
    #expect(stream.status == 64)
    #expect(try await stage.status()["total"] as? Int == 0)
    #expect(try await stage.enqueue("add", many, "--dry-run").status == 0)

    let few = try stage.write(sentences(50), to: "few.txt")
    #expect(try await stage.enqueue("add", few).status == 0)
    #expect(try await stage.enqueue("add", many, "--cast", "auto").status == 0)
    // What is there is not spoken again.
    #expect(try await stage.enqueue("add", many).status == 0)
    #expect(try await stage.status()["total"] as? Int == 101)
  }

  @Test("with a voice any number of lines is added")
  func voiced() async throws {
    let stage = try await Stage()
    try await stage.addVoice("anna")
    let many = try stage.write(sentences(60), to: "many.txt")
    #expect(try await stage.enqueue("add", many, "--voice", "anna").status == 0)
    // A voice for somebody else is none for these.
    let others = try stage.write(sentences(120), to: "others.txt")
    #expect(try await stage.enqueue("add", others, "--voice", "Anna=anna").status == 64)
  }

  @Test("what costs more than CSM_CONFIRM_USD wants --yes")
  func cost() async throws {
    let stage = try await Stage(["CSM_CONFIRM_USD": "0.001"])
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    let file = try stage.write(sentences(3), to: "a.txt")
    let refused = try await stage.enqueue("add", file)
    #expect(refused.status == 64)
    #expect(refused.stderr.contains("$0.00171, more than CSM_CONFIRM_USD"), "\(refused.stderr)")
    #expect(try await stage.status()["total"] as? Int == 0)
    #expect(try await stage.enqueue("add", file, "--yes").status == 0)
    _ = try await stage.night(fal.settings)
    for command in [["retry", "--failed"], ["reroll", "--batch", "a", "--takes", "2"]] {
      let settings = ["CSM_CONFIRM_USD": "0.0005"]
      let before = try await stage.lines("--former").count
      let refused = try await stage.start("csm-enqueue", command, settings).end()
      #expect(refused.status == 64, "\(command) \(refused)")
      #expect(refused.stderr.contains("--yes"))
      #expect(try await stage.lines("--former").count == before)
      #expect(try await stage.states()["QUEUED"] == nil)
      let enough = try await stage.start("csm-enqueue", command, ["CSM_CONFIRM_USD": "9"]).end()
      #expect(enough.status == 0, "\(command) \(enough)")
      _ = try await stage.enqueue("cancel", "--all")
    }
  }

  @Test(
    "on a terminal one is asked, and only yes is yes", arguments: [("y", 60), ("n", 0), ("", 0)])
  func asked(_ answer: String, _ lines: Int) async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(60), to: "many.txt")
    let output = try await stage.start(
      "/usr/bin/script",
      ["-qec", "\(Stage.programs)/csm-enqueue add \(file)", "/dev/null"],
      input: try stage.write(answer + "\n", to: "answer")
    ).end()
    #expect(output.status == (lines > 0 ? 0 : 64), "\(output)")
    #expect(output.stdout.contains("Add them without a voice? [y/N]"), "\(output.stdout)")
    #expect(try await stage.status()["total"] as? Int == lines)
  }
}
