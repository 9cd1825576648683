import Foundation
import Testing

@Suite("Adding tables and scripts")
struct FormatTests {
  @Test("the ids of a table become file names, with their folders")
  func table() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(
      "id;text;mood\r\nintro/a;\"Hello; “you”\";glad\r\nb;Good night;\r\n", to: "a.csv")
    let dry = try await stage.enqueue("add", "--dry-run", file)
    #expect(
      dry.stdout.hasPrefix(
        "columns: id, text, kept: mood, with a semicolon between them\nline 2 → intro/a"))
    #expect(try await stage.states() == [:])
    #expect(try await stage.enqueue("add", file).status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().sorted() == ["Good night.", "Hello; \"you\"."])
    let lines = try await stage.lines()
    #expect(lines.first?["text"] as? String == "Hello; “you”")
    #expect(lines.first?["sent"] as? String == "Hello; \"you\".")
    #expect(try await stage.enqueue("export", "a", "--to", stage("audio")).status == 0)
    #expect(stage.names(stage("audio/intro")) == ["a.wav"])
  }

  @Test("skipped columns may come first, with an equals sign or without")
  func hyphen() async throws {
    let stage = try await Stage()
    let file = try stage.write("a\tWell, hello.\tb\n", to: "a.tsv")
    for form in [["--columns", "-,text,-"], ["--columns=-,text,-"]] {
      let dry = try await stage.start("csm-enqueue", ["add", file, "--dry-run"] + form).end()
      #expect(dry.status == 0 && dry.stdout.contains("Well, hello."), "\(dry.stderr)")
    }
  }

  @Test("a script is spoken by scene or by turn; a scene with a stranger is left out and named")
  func script() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write("Anna: One.\nBen: Two.\n---\nAnna: Three.\n", to: "a.script")
    let strict = try await stage.enqueue("add", file)
    #expect(strict.status == 1)
    #expect(strict.stderr.contains("\(file):1:1: E-CAST: \"Anna\" is not in the cast (2 times"))
    #expect(strict.stderr.contains("\(file):2:1: E-CAST: \"Ben\""))
    let dry = try await stage.enqueue("add", file, "--cast", "auto", "--dry-run")
    #expect(dry.stdout.hasPrefix("turns of Anna (2), Ben (1)\nline 1 → scene-1"), "\(dry.stdout)")
    #expect(try await stage.enqueue("add", file, "--cast", "auto").status == 0)
    #expect(
      try await stage.enqueue("add", file, "--cast", "auto", "--per-turn", "--batch", "t").status
        == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().sorted() == ["One.", "One. Two.", "Three.", "Two."])
    let turns = try await stage.lines("--batch", "t")
    #expect(
      turns.compactMap { $0["line"] as? String }
        == ["scene-1/001-Anna", "scene-1/002-Ben", "scene-2/001-Anna"])
  }

  @Test("add warns of ids that cannot be file names, at all or on Windows")
  func oddNames() async throws {
    let stage = try await Stage()
    let long = String(repeating: "x", count: 115)
    let file = try stage.write(
      "id,text\ncon,One.\n_con,Two.\nb:c,Three.\n\(long)aaa,Four.\n\(long)bbb,Five.\n", to: "a.csv")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 1)
    #expect(added.stderr.contains("the audio files of _con and con would have the same name"))
    #expect(added.stderr.contains("the audio files of \(long)bbb and "))
    #expect(
      added.stdout.contains(
        "4 ids cannot be used as a file name on every system: the file of con will be _con.wav"),
      "\(added.stdout)")
    let fal = try await StandIn(stage)
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.enqueue("export", "a", "--to", stage("out")).status == 0)
    let files = stage.names(stage("out")).filter { $0.hasSuffix(".wav") }
    #expect(files.prefix(2) == ["_con.wav", "b_c.wav"] && files.count == 3)
  }

  @Test("add finds file names that would clash")
  func clash() async throws {
    let stage = try await Stage()
    let file = try stage.write("id,text\nIntro,One\nintro,Two\nA:b,Three\na_b,Four\n", to: "a.csv")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 1)
    #expect(
      added.stderr.contains(
        "\(file):3:1: E-ID: the audio files of intro and Intro would have the same name"))
    #expect(added.stderr.contains("\(file):5:1: E-ID:"))
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  @Test("the same words can be spoken several times, and respelt")
  func takesAndSpelling() async throws {
    let stage = try await Stage()
    let table = try stage.write("id,text,takes\na,Ask SQL.,2\nb,Ask SQL.,\n", to: "a.csv")
    let names = try stage.write("SQL\tsequel\n", to: "names.tsv")
    let added = try await stage.enqueue("add", table, "--distinct", "--replace", names)
    #expect(added.stdout.hasPrefix("a: 2 rows read; made into 3 lines: 3 queued"))
    let lines = try await stage.lines()
    #expect(lines.compactMap { $0["line"] as? String } == ["a", "a.t2", "b"])
    #expect(lines.compactMap { $0["take"] as? Int } == [1, 2, 3])
    #expect(lines.compactMap { $0["sent"] as? String }.allSatisfy { $0 == "Ask sequel." })
  }

  @Test("a turn that cannot be spoken keeps its id, and counts name one unit")
  func rejectedTurn() async throws {
    let stage = try await Stage()
    let rows = "a,s,Anna,…\na,s,Ben,Other words.\nb,s,Ben,My own id.\n"
    let file = try stage.write("id,scene,speaker,text\n" + rows, to: "a.csv")
    let added = try await stage.enqueue("add", file, "--per-turn", "--cast", "auto")
    #expect(added.status == 1)
    #expect(added.stderr.contains("\(file):2:10: E-EMPTY"), "\(added.stderr)")
    #expect(
      added.stderr.contains("\(file):3:1: E-DUPID: another line of the file also has the id a"))
    #expect(added.stdout.hasPrefix("a: 3 lines read, 1 queued, 2 rejected\n"), "\(added.stdout)")
    let whole = try await stage.enqueue("add", file, "--batch", "whole", "--cast", "auto")
    #expect(
      whole.stdout.hasPrefix("whole: 3 rows read; made into 1 line: 1 queued\n"),
      "\(whole.stdout)")
  }
}
