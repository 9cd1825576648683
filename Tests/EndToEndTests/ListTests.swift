import Foundation
import Testing

@Suite("Looking at the lines")
struct ListTests {
  @Test("list filters by state, batch, id and text, newest first")
  func filters() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write("Apple pie.\nBanana 100%.\n", to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write("Cherry.\nApple juice.\n", to: "b.txt"))
    _ = try await stage.enqueue("cancel", "b:L1")
    func texts(_ arguments: String...) async throws -> [String] {
      let output = try await stage.start("csm-enqueue", ["list", "--json"] + arguments).end()
      return try output.objects().compactMap { $0["text"] as? String }
    }
    #expect(try await texts() == ["Apple juice.", "Cherry.", "Banana 100%.", "Apple pie."])
    #expect(try await texts("--batch", "a") == ["Banana 100%.", "Apple pie."])
    #expect(try await texts("--state", "cancelled") == ["Cherry."])
    #expect(
      try await texts("--state", "CANCELLED", "--state", "QUEUED", "--batch", "b")
        == ["Apple juice.", "Cherry."])
    #expect(try await texts("--text", "apple") == ["Apple juice.", "Apple pie."])
    #expect(try await texts("--text", "0%") == ["Banana 100%."])
    #expect(try await texts("1") == ["Apple pie."])
    #expect(try await texts("b:L2", "a:L2") == ["Apple juice.", "Banana 100%."])
    let nothing = try await stage.enqueue("list", "--text", "zebra")
    #expect(nothing.status == 1)
    #expect(nothing.stdout == "")
    #expect(try await stage.enqueue("list", "--state", "DONE").status == 64)
  }

  @Test("list shows the newest 50, --limit and --all others, and says what it leaves out")
  func limit() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(60), to: "a.txt"))
    let some = try await stage.enqueue("list")
    #expect(some.lines.count == 50)
    #expect(some.stderr.contains("50 of 60"))
    let few = try await stage.enqueue("list", "--limit", "2", "--json")
    #expect(try few.objects().compactMap { $0["id"] as? Int } == [60, 59])
    let all = try await stage.enqueue("list", "--all")
    #expect(all.lines.count == 60)
    #expect(all.stderr == "")
    #expect(try await stage.enqueue("list", "--limit", "0").status == 64)
  }

  @Test("in a pipe the columns are whole, with tabs between them")
  func pipe() async throws {
    let stage = try await Stage()
    let long = String(repeating: "very ", count: 100) + "long"
    _ = try await stage.enqueue("add", try stage.write("\(long)\n", to: "a.txt"))
    let list = try await stage.enqueue("list")
    #expect(list.stdout == "1\ta:L1\tQUEUED\t-\t-\t\(long)\t\n")
  }

  @Test(
    "control characters and bidi overrides in a text reach no terminal",
    arguments: [
      ["list"], ["show", "1"], ["list", "--json"],
    ])
  func harmless(_ command: [String]) async throws {
    let stage = try await Stage()
    let file = try stage.write(
      "a\u{1B}[31mred\u{7} \u{202E}desrever\u{2066} b\tc\u{85}\n", to: "a.txt")
    #expect(try await stage.enqueue("add", file).status == 0)
    let output = try await stage.start("csm-enqueue", command).end()
    #expect(output.status == 0)
    // JSON has escapes for what moves the cursor; what reorders is data there.
    let dangerous =
      command.contains("--json")
      ? ["\u{1B}", "\u{7}"] : ["\u{1B}", "\u{7}", "\u{202E}", "\u{2066}", "\u{85}"]
    for character in dangerous {
      #expect(!output.stdout.unicodeScalars.contains(try #require(character.unicodeScalars.first)))
    }
  }

  @Test("a server's message is made harmless, too")
  func harmlessMessage() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try fal.put("lock", "User is locked\u{1B}[2J\u{202E}")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("a gate is closed") { try await !stage.gates().isEmpty }
    for output in [try await stage.enqueue("status").stdout, daemon.stderr] {
      #expect(output.contains("User is locked"))
      #expect(!output.contains("\u{1B}") && !output.contains("\u{202E}"))
    }
  }

  @Test("show tells a line's facts and its whole history")
  func show() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write("Hello.\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let objects = try await stage.enqueue("show", "a:L1", "--json").objects()
    #expect(Set(try #require(objects.first).keys) == WholeWayTests.fields)
    let steps = objects.dropFirst().map { "\($0["from"] ?? "") \($0["to"] ?? "")" }
    #expect(steps.first == "QUEUED SUBMITTING")
    #expect(steps.last == "COMPLETED STORED")
    let text = try await stage.enqueue("show", "1").stdout
    #expect(text.contains("state    STORED"))
    #expect(text.contains("COMPLETED → STORED"))
    #expect(try await stage.enqueue("show", "99").status == 1)
  }

  @Test("wait gives up after --timeout with 124, and says what is open")
  func waitTimeout() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let wait = try await stage.enqueue("wait", "--timeout", "100ms")
    #expect(wait.status == 124)
    #expect(wait.stderr.contains("2 lines not ended yet"))
    #expect(try await stage.enqueue("wait", "nobody").status == 1)
  }

  @Test("a reader that goes away early is no mishap")
  func brokenPipe() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(5000), to: "a.txt"))
    let program = "\(Stage.programs)/csm-enqueue"
    let output = try await stage.start(
      "/bin/bash", ["-c", "\(program) list --all | head -n 1; echo ${PIPESTATUS[0]}"]
    ).end()
    #expect(output.lines.first == "5000\ta:L5000\tQUEUED\t-\t-\tLine 5000 of the test.\t")
    #expect(output.stderr == "")
    // Nor where whoever starts the program has the signal ignored.
    let ignored = try await stage.start(
      "/bin/bash",
      ["-c", "trap '' PIPE; \(program) list --all | head -n 1; echo ${PIPESTATUS[0]}"]
    ).end()
    #expect(ignored.lines.last == "0")
    #expect(ignored.stderr == "")
  }

  @Test(
    "data that cannot be written is a failure",
    arguments: ["list --json", "cost", "show a:L1", "status", "--help"])
  func fullOutput(_ command: String) async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let output = try await stage.start(
      "/bin/bash", ["-c", "\(Stage.programs)/csm-enqueue \(command) > /dev/full"]
    ).end()
    #expect(output.status == 74)
    #expect(
      output.stderr
        == "csm-enqueue: cannot write standard output: No space left on device\n")
  }

  @Test("words about it that cannot be written stop nothing")
  func fullError() async throws {
    let stage = try await Stage()
    let file = try stage.write("Good one.\n... !?\nAnother good one.\n", to: "a.txt")
    let added = try await stage.start(
      "/bin/bash", ["-c", "\(Stage.programs)/csm-enqueue add \(file) 2> /dev/full"]
    ).end()
    #expect(added.status == 1)
    #expect(added.stdout.contains("3 lines read, 2 queued, 1 rejected"))
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  /// What a command shows on a terminal of 80 columns.
  private func terminal(_ stage: Stage, _ command: String) async throws -> [Substring] {
    let output = try await stage.start(
      "/usr/bin/script",
      ["-qec", "stty cols 80; \(Stage.programs)/csm-enqueue \(command)", "/dev/null"]
    ).end()
    return output.stdout.split { "\r\n".unicodeScalars.contains($0.unicodeScalars.first ?? "x") }
  }

  /// The columns of a line in which all but ASCII is Japanese, or stands for what was cut.
  private func columns(_ line: Substring) -> Int {
    line.replacing("\u{1B}[K", with: "").unicodeScalars.reduce(0) {
      $0 + ($1.isASCII || $1 == "…" ? 1 : 2)
    }
  }

  @Test("on a terminal no line is wider than that, however long the ids are")
  func narrow() async throws {
    let stage = try await Stage()
    let id = String(repeating: "chapter/", count: 15) + "last"
    _ = try await stage.enqueue(
      "add", try stage.write("id,text\n\(id),Some words to be said.\n", to: "a.csv"))
    let lines = try await terminal(stage, "list")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { columns($0) <= 80 }, "\(lines)")
    #expect(lines.last?.contains("a:chapter/") == true && lines.last?.contains("…") == true)
  }

  @Test("watch is one line, too, whatever the script of the words in it")
  func narrowWatch() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.enqueue(
      "pause", "--reason", String(repeating: "休憩中", count: 20))
    let lines = try await terminal(stage, "watch")
    #expect(lines.last?.contains("休憩中") == true)
    #expect(lines.allSatisfy { columns($0) <= 80 }, "\(lines)")
  }
}
