import Foundation
import Testing

@Suite("Showing lines")
struct ListTests {
  @Test("list filters by state, batch, id and text, with the newest batch first and lines in order")
  func filters() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write("Apple pie.\nBanana 100%.\n", to: "a.txt"))
    _ = try await stage.enqueue("add", try stage.write("Cherry.\nApple juice.\n", to: "b.txt"))
    _ = try await stage.enqueue("cancel", "b:L1")
    func texts(_ arguments: String...) async throws -> [String] {
      let output = try await stage.start("csm-enqueue", ["list", "--json"] + arguments).end()
      return try output.objects().compactMap { $0["text"] as? String }
    }
    #expect(try await texts() == ["Cherry.", "Apple juice.", "Apple pie.", "Banana 100%."])
    #expect(try await texts("--batch", "a") == ["Apple pie.", "Banana 100%."])
    #expect(try await texts("--state", "cancelled") == ["Cherry."])
    #expect(
      try await texts("--state", "CANCELLED", "--state", "QUEUED", "--batch", "b")
        == ["Cherry.", "Apple juice."])
    #expect(try await texts("--text", "apple") == ["Apple juice.", "Apple pie."])
    #expect(try await texts("--text", "0%") == ["Banana 100%."])
    #expect(try await texts("1") == ["Apple pie."])
    #expect(try await texts("b:L2", "a:L2") == ["Apple juice.", "Banana 100%."])
    let nothing = try await stage.enqueue("list", "--text", "zebra")
    #expect(nothing.status == 1)
    #expect(nothing.stdout == "")
    #expect(try await stage.enqueue("list", "--state", "DONE").status == 64)
  }

  @Test("list shows 50 lines, or as many as --limit or --all say, and says what it leaves out")
  func limit() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(60), to: "a.txt"), "--cast", "auto")
    let some = try await stage.enqueue("list")
    #expect(some.lines.count == 50)
    #expect(some.stderr.contains("50 of 60"))
    let few = try await stage.enqueue("list", "--limit", "2", "--json")
    #expect(try few.objects().compactMap { $0["id"] as? Int } == [1, 2])
    let all = try await stage.enqueue("list", "--all")
    #expect(all.lines.count == 60)
    #expect(all.stderr == "")
    #expect(try await stage.enqueue("list", "--limit", "0").status == 64)
  }

  @Test("list sorts by any key, either way, and skips")
  func order() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue(
      "add",
      try stage.write(
        "id,speaker,text\nb,Ben,Bees.\na,Anna,Ants and ants.\nc,,Cows.\n", to: "x.csv"))
    func ids(_ arguments: String...) async throws -> String {
      let output = try await stage.start(
        "csm-enqueue", ["list", "--columns", "line"] + arguments
      ).end()
      return output.lines.joined()
    }
    #expect(try await ids() == "bac")
    #expect(try await ids("--reverse") == "cab")
    #expect(try await ids("--sort", "id") == "abc")
    #expect(try await ids("--sort", "chars") == "bca")
    #expect(try await ids("--sort", "speaker") == "abc")
    #expect(try await ids("--sort", "speaker", "--reverse") == "bac")
    #expect(try await ids("--sort", "text") == "abc")
    #expect(try await ids("--offset", "1") == "ac")
    #expect(try await ids("--offset", "1", "--limit", "1") == "a")
    _ = try await stage.enqueue("cancel", "b")
    #expect(try await ids("--sort", "state") == "acb")
    for key in ["batch", "added", "voice", "cost", "length", "updated", "ended"] {
      #expect(try await ids("--sort", key).count == 3, "\(key)")
    }
    #expect(try await stage.enqueue("list", "--sort", "colour").status == 64)
    #expect(try await stage.enqueue("list", "--offset=-1").status == 64)
  }

  @Test("list shows the columns that are asked for")
  func columns() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue(
      "add", try stage.write("id,speaker,text\nb,Ben,Bees.\n", to: "x.csv"))
    let some = try await stage.enqueue("list", "--columns", "id,state,speaker,voice,why")
    #expect(some.stdout == "x:b\tQUEUED\tBen\t-\t\n")
    let every = try await stage.enqueue(
      "list", "--columns",
      "id,job,batch,line,state,speaker,voice,scene,take,length,cost,chars,checks,why,error,text,sent,"
        + "file,request,added,updated,ended")
    #expect(every.status == 0, "\(every)")
    #expect(every.stdout.contains("\t\(stage("x.csv")):2\t"))
    #expect(try await stage.enqueue("list", "--columns", "id,stat").status == 64)
    #expect(try await stage.enqueue("list", "--columns", "id", "--json").status == 64)
  }

  @Test(
    "list and the commands that change lines filter by speaker, voice, error and patterns of ids")
  func moreFilters() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    try await stage.addVoice("anna")
    _ = try await stage.enqueue(
      "add",
      try stage.write(
        "id,speaker,text\nin/1,Anna,One.\nin/2,Ben,Two.\nout/1,Anna,Three.\n", to: "x.csv"),
      "--voice", "Anna=anna", "--cast", "auto")
    func ids(_ arguments: String...) async throws -> [String] {
      let output = try await stage.start(
        "csm-enqueue", ["list", "--columns", "line"] + arguments
      ).end()
      return output.lines.map(String.init)
    }
    #expect(try await ids("--speaker", "anna") == ["in/1", "out/1"])
    #expect(try await ids("--speaker", "Ben", "--speaker", "Anna").count == 3)
    #expect(try await ids("--voice", "anna") == ["in/1", "out/1"])
    #expect(try await ids("--voice", "-") == ["in/2"])
    #expect(try await ids("in/*") == ["in/1", "in/2"])
    #expect(try await ids("x:*/1", "--speaker", "Anna") == ["in/1", "out/1"])
    #expect(try await ids("in/[2-9]") == ["in/2"])
    #expect(try await ids("nothing*") == [])
    _ = try await stage.night(fal.settings)
    #expect(try await ids("--error", "content_policy_violation").count == 1)
    let check = try await stage.enqueue("list", "--check", "dup-audio", "--check", "silent")
    #expect(check.status == 1)
    #expect(try await stage.enqueue("list", "--check", "loud").status == 64)
    #expect(try await stage.enqueue("retry", "--error", "content_policy_violation").status == 0)
    _ = try await stage.night(fal.settings)
    let rerolled = try await stage.enqueue("reroll", "--speaker", "Ben")
    #expect(rerolled.stdout.hasPrefix("1 line to speak again"))
  }

  @Test("an empty table says how to begin")
  func empty() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("pause")
    let list = try await stage.enqueue("list")
    #expect(list.status == 1)
    #expect(list.stderr.contains("csm-enqueue add FILE"))
    let watch = try await stage.enqueue("watch")
    #expect(watch.stdout.hasPrefix("no lines"), "\(watch.stdout)")
  }

  @Test("watch counts lines with audio, and leaves out cancelled ones")
  func share() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(4), to: "a.txt"))
    _ = try await stage.enqueue("cancel", "L1", "L2", "L3")
    let before = try await stage.enqueue("status")
    #expect(before.stdout.contains("3 CANCELLED"))
    _ = try await stage.night(fal.settings)
    let some = try await stage.enqueue("watch")
    #expect(some.stdout.hasPrefix("100 %  1/1  3 CANCELLED"), "\(some.stdout)")
    _ = try await stage.enqueue("add", try stage.write("Other.\n", to: "b.txt"))
    _ = try await stage.enqueue("cancel", "--batch", "b")
    let none = try await stage.enqueue("watch", "b")
    #expect(none.stdout.hasPrefix("1 CANCELLED"), "\(none.stdout)")
  }

  @Test("in a pipe, columns are whole and separated by tabs")
  func pipe() async throws {
    let stage = try await Stage()
    let long = String(repeating: "very ", count: 100) + "long"
    _ = try await stage.enqueue("add", try stage.write("\(long)\n", to: "a.txt"))
    let list = try await stage.enqueue("list")
    #expect(list.stdout == "1\ta:L1\tQUEUED\t-\t-\t\(long)\t\t\n")
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
    // JSON escapes control characters; characters that reorder text are data there.
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

  @Test("show prints a line's facts and its whole history")
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
    let text = try await stage.start("csm-enqueue", ["show", "1"], ["TZ": "UTC-2"]).end().stdout
    let added = try #require(objects.first?["created_at"] as? String)
    let hour = try #require(Int(added.dropFirst(11).prefix(2)))
    #expect(text.contains(" \((hour + 2) % 24 < 10 ? "0" : "")\((hour + 2) % 24):"), "\(text)")
    #expect(text.contains(" ago) by "))
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

  @Test("a reader that goes away early is not an error")
  func brokenPipe() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(5000), to: "a.txt"), "--cast", "auto")
    let program = "\(Stage.programs)/csm-enqueue"
    let output = try await stage.start(
      "/bin/bash", ["-c", "\(program) list --all | head -n 1; echo ${PIPESTATUS[0]}"]
    ).end()
    #expect(output.lines.first == "1\ta:L0001\tQUEUED\t-\t-\tLine 1 of the test.\t\t")
    #expect(output.stderr == "")
    // Even if SIGPIPE was ignored when the program was started.
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

  @Test("messages that cannot be written stop nothing")
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

  /// The output of a command on a terminal of 80 columns.
  private func terminal(_ stage: Stage, _ command: String) async throws -> [Substring] {
    let output = try await stage.start(
      "/usr/bin/script",
      ["-qec", "stty cols 80; \(Stage.programs)/csm-enqueue \(command)", "/dev/null"]
    ).end()
    return output.stdout.split { "\r\n".unicodeScalars.contains($0.unicodeScalars.first ?? "x") }
  }

  /// The width of a line whose non-ASCII characters are Japanese, or the ellipsis of a cut.
  private func columns(_ line: Substring) -> Int {
    line.replacing("\u{1B}[K", with: "").unicodeScalars.reduce(0) {
      $0 + ($1.isASCII || $1 == "…" ? 1 : 2)
    }
  }

  @Test(
    "no line is wider than the terminal, except an id that is too wide, which has its own line")
  func narrow() async throws {
    let stage = try await Stage()
    let id = String(repeating: "chapter/", count: 15) + "last"
    _ = try await stage.enqueue(
      "add", try stage.write("id,text\n\(id),Some words to be said.\n", to: "a.csv"))
    let lines = try await terminal(stage, "list --color never")
    #expect(lines.count == 3)
    #expect(lines.filter { columns($0) > 80 } == ["a:\(id)"], "\(lines)")
    #expect(lines.last?.contains("QUEUED") == true)
    #expect(lines.last?.contains("Some words to be said.") == true)
  }

  @Test("ids and money are whole, texts are cut after a word, and errors are below their line")
  func complaints() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "1"])
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#2")
    let text =
      "A line of many words, none of which may be cut in two by anybody, however long it gets."
    _ = try await stage.enqueue("add", try stage.write("\(text)\nWhat fails.\n", to: "a.txt"))
    _ = try await stage.night(fal.settings)
    let lines = try await terminal(stage, "list --color never")
    #expect(
      lines.first?.split(separator: " ").map(String.init) == [
        "ID", "STATE", "LENGTH", "COST", "TEXT",
      ])
    #expect(lines.dropFirst().first?.contains("$0.0026") == true)
    let shown = lines.dropFirst().first?.split(separator: "  ").last?.dropLast()
    let words = try #require(shown.map { $0.trimmingPrefix(" ") })
    #expect(text.hasPrefix(words) && text.dropFirst(words.count).hasPrefix(" "), "\(words)")
    #expect(
      lines.contains { $0.hasPrefix("    content_policy_violation: fal answered 422") }, "\(lines)")
    let failed = try await stage.enqueue("list", "--state", "FAILED")
    #expect(failed.stdout.contains("\tcontent_policy_violation\tfal answered 422"))
  }

  @Test("states have colours on a terminal, unless they are turned off")
  func colours() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.enqueue("cancel", "L1")
    let dim = "\u{1B}[2mCANCELLED"
    #expect(try await terminal(stage, "list").last?.contains(dim) == true)
    #expect(try await terminal(stage, "status").first?.contains(dim) == true)
    for words in ["list --color never", "status --color never", "show L1 --color never"] {
      #expect(try await terminal(stage, words).allSatisfy { !$0.contains("\u{1B}") }, "\(words)")
    }
    let plain = try await stage.start(
      "/usr/bin/script", ["-qec", "\(Stage.programs)/csm-enqueue list", "/dev/null"],
      ["NO_COLOR": "1"]
    ).end()
    #expect(!plain.stdout.contains("\u{1B}"))
    #expect(!(try await stage.enqueue("list").stdout.contains("\u{1B}")))
    for command in [["list"], ["status"], ["show", "L1"]] {
      let forced = try await stage.start("csm-enqueue", command + ["--color", "always"]).end()
      #expect(forced.stdout.contains(dim), "\(command)")
    }
  }

  @Test("output longer than the screen goes through the pager")
  func pager() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(40), to: "a.txt"))
    func paged(_ words: String) async throws -> Output {
      try await stage.start(
        "/usr/bin/script",
        ["-qec", "stty rows 30 cols 80; \(Stage.programs)/csm-enqueue \(words)", "/dev/null"],
        ["PAGER": "sed s/^/paged:/"]
      ).end()
    }
    let long = try await paged("list")
    #expect(long.stdout.contains("paged:a:L40"), "\(long.stdout)")
    #expect(!(try await paged("list --limit 9").stdout.contains("paged:")))
    #expect(!(try await paged("list | cat").stdout.contains("paged:")))
  }

  @Test("watch is one line, in any script")
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
