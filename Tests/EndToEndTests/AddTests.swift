import Foundation
import Testing

@Suite("Adding lines of plain text")
struct AddTests {
  @Test("adding the same file again adds nothing, and says so")
  func again() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(3), to: "a.txt")
    #expect(try await stage.enqueue("add", file).status == 0)
    let again = try await stage.enqueue("add", file)
    #expect(again.status == 0)
    #expect(again.stdout.hasPrefix("a: 3 lines read, 0 queued, 3 unchanged\n"))
    #expect(try await stage.states() == ["QUEUED": 3])
  }

  @Test("equal words are one job in any batch; another take is another job")
  func equalWords() async throws {
    let stage = try await Stage()
    let file = try stage.write("Hello.\n  Hello.\r\n", to: "a.txt")
    let first = try await stage.enqueue("add", file)
    #expect(first.stdout.hasPrefix("a: 2 lines read, 1 queued, 1 with words"))
    _ = try await stage.enqueue("add", file, "--batch", "b")
    #expect(Set(try await stage.lines().compactMap { $0["id"] as? Int }).count == 1)
    #expect(try await stage.lines().count == 4)
    _ = try await stage.enqueue("add", file, "--batch", "c", "--take", "2")
    #expect(Set(try await stage.lines().compactMap { $0["id"] as? Int }).count == 2)
  }

  @Test("csm-enqueue FILE adds, and - reads standard input")
  func shortForms() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(2), to: "a.txt")
    #expect(try await stage.enqueue(file).status == 0)
    let piped = try await stage.enqueue("-", "--batch", "piped", input: file)
    #expect(piped.status == 0)
    #expect(try await stage.lines("--batch", "piped").count == 2)
    #expect(try await stage.lines("--batch", "a").count == 2)
  }

  /// Lines that cannot be spoken: bytes, and the column and words of the complaint.
  static let badLines: [([UInt8], String)] = [
    (
      Array("caf".utf8) + [0xE9] + Array(" au lait".utf8),
      "4: E-UTF8: the byte 0xE9 is not valid UTF-8: the file has another encoding"
    ),
    (Array("a".utf8) + [0] + Array("b".utf8), "2: E-UTF8: a NUL byte cannot be spoken\n"),
    (Array("... !?".utf8), "1: E-EMPTY: there is no letter or digit to speak\n"),
    (Array("one two ".utf8) + [0xE2, 0x82], "9: E-UTF8: the byte 0xE2 is not valid UTF-8"),
  ]

  @Test(
    "a line that cannot be spoken is named with its place; the others are queued",
    arguments: badLines)
  func badLine(_ bytes: [UInt8], _ complaint: String) async throws {
    let stage = try await Stage()
    let file = try stage.write(
      Array("Good one.\n".utf8) + bytes + Array("\nAnother good one.".utf8), to: "a.txt")
    let added = try await stage.enqueue("add", file)
    #expect(added.status == 1)
    #expect(added.stderr.hasPrefix("\(file):2:\(complaint)"))
    #expect(added.stdout.contains("3 lines read, 2 queued, 1 rejected"))
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  @Test("a Latin-1 file is refused line by line, and --strict adds nothing of it")
  func latin1() async throws {
    let stage = try await Stage()
    let file = try stage.write(
      Array("Fa".utf8) + [0xE7] + Array("ade\nplain\n".utf8), to: "a.txt")
    let strict = try await stage.enqueue("add", "--strict", file)
    #expect(strict.status == 65)
    #expect(strict.stderr.contains("a.txt:1:3: E-UTF8: the byte 0xE7"))
    #expect(try await stage.states() == [:])
    #expect(try await stage.enqueue("add", file).status == 1)
    #expect(try await stage.states() == ["QUEUED": 1])
  }

  @Test("--dry-run counts and prices as add would, and adds nothing")
  func dryRun() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(3), to: "a.txt")
    let dry = try await stage.enqueue("add", "--dry-run", "--json", file)
    #expect(dry.status == 0)
    let figures = try #require(try dry.objects().first)
    #expect(figures["queued"] as? Int == 3)
    #expect(figures["chars"] as? Int == 57)
    #expect(figures["cost_usd"] as? Double == 0.00171)
    #expect(figures["dry_run"] as? Bool == true)
    #expect(try await stage.states() == [:])
    let real = try await stage.enqueue("add", "--json", file)
    let added = try #require(try real.objects().first)
    #expect(added["queued"] as? Int == 3)
    #expect(added["cost_usd"] as? Double == 0.00171)
  }

  @Test("a missing file is 66, and one that cannot be added is 64")
  func noFile() async throws {
    let stage = try await Stage()
    let missing = try await stage.enqueue("add", stage("nothing.txt"))
    #expect(missing.status == 66)
    #expect(missing.stderr.contains("nothing.txt: No such file"))
    let table = try await stage.enqueue("add", try stage.write("PK", to: "a.xlsx"))
    #expect(table.status == 64)
    #expect(table.stderr.contains("save it as UTF-8 text or CSV"))
    let subtitles = try await stage.enqueue("add", try stage.write("[Script Info]", to: "a.ass"))
    #expect(subtitles.status == 64 && subtitles.stderr.contains("save the subtitles as .srt"))
    let folder = try await stage.enqueue("add", stage.folder)
    #expect(folder.status == 74)
    #expect(folder.stderr.contains("Is a directory"))
  }

  @Test("of several files, the good ones are added although one is missing")
  func severalFiles() async throws {
    let stage = try await Stage()
    let first = try stage.write("One.\n", to: "a.txt")
    let last = try stage.write("Two.\n", to: "b.txt")
    let added = try await stage.enqueue("add", first, stage("nothing.txt"), last)
    #expect(added.status == 66)
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  @Test("of several files, the good ones are added although one cannot be read")
  func unreadable() async throws {
    let stage = try await Stage()
    let good = try stage.write("One.\n", to: "a.txt")
    let added = try await stage.enqueue("add", stage.folder, good)
    #expect(added.status == 74)
    #expect(added.stderr.contains("Is a directory"))
    #expect(try await stage.states() == ["QUEUED": 1])
  }

  @Test("add says how it read a table, and asks if there are several ways")
  func separators() async throws {
    let stage = try await Stage()
    let file = try stage.write("x1|Well, no.\nx2|Oh, yes.\n", to: "a.csv")
    let asking = try await stage.enqueue("add", file, "--columns", "id,text")
    #expect(asking.status == 65 && asking.stderr.contains("--separator comma or --separator pipe"))
    let told = try await stage.enqueue("add", file, "--columns", "id,text", "--separator", "pipe")
    #expect(told.status == 0)
    #expect(told.stdout.contains("columns: id, text, with a pipe between them\n"), "\(told.stdout)")
    #expect(try await stage.lines().map { $0["line"] as? String } == ["x1", "x2"])
    let wrong = try await stage.enqueue("add", file, "--separator", "tab", "--as", "srt")
    #expect(wrong.status == 64)
  }

  @Test("skipped rows are counted")
  func skipped() async throws {
    let stage = try await Stage()
    let file = try stage.write("text,skip\nOne.,\nTwo.,yes\nThree.,1\n", to: "a.csv")
    let dry = try await stage.enqueue("add", "--dry-run", "--json", file)
    #expect(try dry.objects().first?["skipped"] as? Int == 2)
    let added = try await stage.enqueue("add", file)
    #expect(added.stdout.hasPrefix("a: 3 lines read, 1 queued, 2 skipped\n"), "\(added.stdout)")
  }

  @Test("--prune with an empty file says why nothing is removed")
  func pruneNothing() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(2), to: "a.txt")
    _ = try await stage.enqueue("add", file)
    try stage.write("\n", to: "a.txt")
    let empty = try await stage.enqueue("add", "--prune", file)
    #expect(empty.stdout.contains("nothing was removed: the file has no lines"))
    try stage.write("...\n", to: "a.txt")
    let rejected = try await stage.enqueue("add", "--prune", file)
    #expect(
      rejected.stdout.contains("nothing was removed: --prune needs a file without rejected lines"))
    #expect(try await stage.states() == ["QUEUED": 2])
  }

  @Test("suggested commands quote a batch's name for the shell")
  func quoted() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(2), to: "my lines.txt")
    _ = try await stage.enqueue("add", file, "--budget", "0")
    _ = try await stage.enqueue("cancel", "my lines:L1")
    let again = try await stage.enqueue("add", file)
    #expect(
      again.stdout.contains("csm-enqueue reroll --batch 'my lines' --state CANCELLED"),
      "\(again.stdout)")
    #expect(try await stage.night().status == 3)
    let budget = try await stage.enqueue("budget")
    #expect(budget.stdout.hasSuffix("csm-enqueue budget 'my lines' USD\n"), "\(budget.stdout)")
  }

  @Test("an empty file is nothing to add")
  func emptyFile() async throws {
    let stage = try await Stage()
    let added = try await stage.enqueue("add", try stage.write("", to: "a.txt"))
    #expect(added.status == 0)
    #expect(added.stdout.hasPrefix("a: 0 lines read, 0 queued\n"))
  }

  @Test(
    "wrong options are named with what was expected",
    arguments: [
      (["--take", "0"], "--take must be from 1 to 1000"),
      (["--speaker", "10"], "--speaker must be from 0 to 9"),
      (["--priority", "high"], "--priority"),
      (["--batch", "a\u{1B}[2J"], "--batch must be"),
      (["--as", "tables"], "lines"),
      (["--columns", "id,spoken"], "--columns"),
      (["--voice", "a", "--voice", "b"], "--voice Speaker=NAME"),
      (["--as", "csv", "--paragraphs"], "only one of"),
      (["--bacth", "x"], "--batch"),
    ])
  func wrongOptions(_ options: [String], _ words: String) async throws {
    let stage = try await Stage()
    let file = try stage.write("One.\n", to: "a.txt")
    let added = try await stage.start("csm-enqueue", ["add", file] + options).end()
    #expect(added.status == 64)
    #expect(added.stderr.contains(words), "\(added.stderr)")
    #expect(!added.stderr.contains("\u{1B}"))
  }

  @Test("tens of thousands of lines from standard input need no more memory than SQLite's caches")
  func muchInput() async throws {
    let stage = try await Stage()
    // Measured: 34 MB for ten lines, 54 MB for 40,000 and for 100,000. Held as values: 16 MB more.
    let count = 40_000
    let file = try stage.write(sentences(count), to: "many.txt")
    let add = try stage.start("csm-enqueue", ["add", "-", "--cast", "auto", "--yes"], input: file)
    async let ending = add.end()
    var peak = 0
    while let now = add.peakMemory {
      peak = max(peak, now)
      try await Task.sleep(for: .milliseconds(5))
    }
    let added = try await ending
    #expect(added.status == 0)
    #expect(added.stdout.contains("40,000 queued"))
    #expect((1..<64 << 20).contains(peak))
    let status = try await stage.status()
    #expect(status["total"] as? Int == count)
  }

  @Test("batches from standard input get short and unique names")
  func streams() async throws {
    let stage = try await Stage()
    for number in 1...3 {
      let input = try stage.write("Number \(number).\n", to: "in")
      let added = try await stage.enqueue("add", "-", input: input)
      #expect(added.stdout.hasPrefix("stdin-\(number): 1 line read, 1 queued"), "\(added.stdout)")
    }
    #expect(try await stage.lines("stdin-2:L1").first?["text"] as? String == "Number 2.")
  }
}
