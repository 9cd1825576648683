import Testing

@Suite("Typing errors")
struct TypoTests {
  @Test(
    "a word that is neither a command nor a file is an error that names the nearest command",
    arguments: [
      ("statsu", "csm-enqueue status?"), ("lsit", "csm-enqueue list?"), ("qqqqqq", "--help"),
    ])
  func command(_ word: String, _ advice: String) async throws {
    let stage = try await Stage()
    let output = try await stage.enqueue(word)
    #expect(output.status == 64)
    #expect(output.stderr.hasPrefix("csm-enqueue: \(word) is neither a command nor a file"))
    #expect(output.stderr.contains(advice), "\(output.stderr)")
    #expect(stage.names(stage.state).isEmpty)
  }

  @Test("a file with any name is added, and a path to nothing is a missing file")
  func file() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(1), to: "statsu")
    let added = try await stage.start(
      "/bin/sh", ["-c", "cd \(stage.folder) && \(Stage.programs)/csm-enqueue statsu"]
    ).end()
    #expect(added.status == 0, "\(added)")
    #expect(try await stage.enqueue(file).status == 0)
    #expect(try await stage.enqueue("lines.txt").status == 66)
  }

  @Test("an unknown id or batch is an error that names the nearest")
  func ids() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue(
      "add", try stage.write("id,text\nintro/anna-1,One.\nintro/ben-1,Two.\n", to: "night.csv"))
    for command in ["show", "list", "cancel", "retry", "reroll"] {
      let output = try await stage.enqueue(command, "intro/ana-1")
      #expect(output.status == 1)
      #expect(output.stderr.contains("did you mean intro/anna-1?"), "\(command): \(output.stderr)")
    }
    let batch = try await stage.enqueue("show", "nihgt:intro/ben-1")
    #expect(batch.stderr.contains("did you mean night:intro/ben-1?"), "\(batch.stderr)")
    let edited = try await stage.enqueue("edit", "intro/ben-2", "--text", "Three.")
    #expect(edited.status == 1)
    #expect(edited.stderr.contains("did you mean intro/ben-1?"))
    for command in [
      ["status", "nigt"], ["export", "nigt", "--to", stage("out")], ["budget", "nigt", "2"],
      ["review", "nigt", "--html", stage("a.html")],
    ] {
      let output = try await stage.start("csm-enqueue", command).end()
      #expect(output.status == 1)
      #expect(output.stderr.contains("there is no batch nigt: did you mean night?"), "\(output)")
    }
    let far = try await stage.enqueue("status", "zzzzzzzz")
    #expect(
      far.stderr.contains("there is no batch zzzzzzzz; known batches: night\n"), "\(far.stderr)")
  }

  @Test("a line's number finds it even after a longer file has given its id more digits")
  func renumbered() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(3), to: "a.txt")
    _ = try await stage.enqueue("add", file)
    #expect(try await stage.lines("L2").first?["line"] as? String == "L2")
    try stage.write(sentences(12), to: "a.txt")
    _ = try await stage.enqueue("add", file)
    for id in ["L2", "a:L2", "L002"] {
      #expect(try await stage.lines(id).first?["line"] as? String == "L02", "\(id)")
    }
    #expect(try await stage.enqueue("cancel", "L2").status == 0)
    #expect(try await stage.enqueue("show", "L13").status == 1)
  }
}
