import Foundation
import Glibc
import Testing

@Suite("Two files with the same batch name")
struct SameNameTests {
  private static let files = [
    ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nWORDS\n"),
    ("lines.csv", "id,text\n1,WORDS\n2,The same.\n"),
    ("t.jsonl", #"{"id":"hail","text":"WORDS"}"#),
    ("act.script", "A: WORDS\nB: And more.\n"),
    ("plain.txt", "WORDS\n"),
  ]

  private func write(_ text: String, _ folder: String, _ name: String, _ stage: Stage) throws
    -> String
  {
    try FileManager.default.createDirectory(
      atPath: stage(folder), withIntermediateDirectories: true)
    return try stage.write(text, to: "\(folder)/\(name)")
  }

  @Test("the second is not an edit of the first, and adds nothing", arguments: files)
  func sameName(_ name: String, _ text: String) async throws {
    let stage = try await Stage()
    let first = try write(text.replacing("WORDS", with: "First words."), "s 1", name, stage)
    let second = try write(text.replacing("WORDS", with: "Second words."), "s2", name, stage)
    let auto = name.hasSuffix("script") ? ["--cast", "auto"] : []
    let added = try await stage.start("csm-enqueue", ["add", first, second] + auto).end()
    #expect(added.status == 65)
    #expect(
      added.stderr.contains("\(second): nothing was added") && added.stderr.contains("'\(first)'"),
      "\(added.stderr)")
    for form in [["--dry-run"], ["--batch", (name as NSString).deletingPathExtension]] {
      #expect(
        try await stage.start("csm-enqueue", ["add", second] + form + auto).end().status == 65)
    }
    let fresh = try await Stage()
    let dry = try await fresh.start(
      "csm-enqueue", ["add", first, second, "--dry-run"] + auto
    ).end()
    #expect(dry.status == 65 && dry.stderr.contains("\(second): nothing was added"))
    #expect(
      try await fresh.start("csm-enqueue", ["add", first, first, "--dry-run"] + auto).end().status
        == 0)
    let texts = try await stage.lines().compactMap { $0["text"] as? String }
    #expect(texts.contains { $0.contains("First words.") })
    #expect(!texts.contains { $0.contains("Second words.") })
    let other = try await stage.start(
      "csm-enqueue", ["add", second, "--batch", "two"] + auto
    ).end()
    #expect(other.status == 0, "\(other.stderr)")
  }

  @Test("with --replace-file, a moved file costs only its edits")
  func moved() async throws {
    let stage = try await Stage()
    let old = try write("id,text\n1,One.\n2,Two.\n3,Three.\n", "old", "lines.csv", stage)
    _ = try await stage.enqueue("add", old)
    let new = try write("id,text\n1,One.\n2,Zwei.\n", "new", "lines.csv", stage)
    let refused = try await stage.enqueue("add", new)
    #expect(refused.status == 65)
    #expect(refused.stderr.contains("--replace-file \(old)"), "\(refused.stderr)")
    let dry = try await stage.enqueue("add", new, "--replace-file", old, "--dry-run")
    #expect(dry.stdout.contains("1 unchanged, 1 changed, 1 gone from the file"), "\(dry.stdout)")
    let wrong = try await stage.enqueue("add", new, "--replace-file", "nothing.csv")
    #expect(wrong.status == 65)
    #expect(wrong.stderr.contains(old), "\(wrong.stderr)")
    let moved = try await stage.enqueue("add", new, "--replace-file", old, "--prune")
    #expect(moved.status == 0, "\(moved.stderr)")
    #expect(try await stage.lines().map { $0["text"] as? String } == ["One.", "Zwei."])
    #expect(try await stage.lines().allSatisfy { $0["source_file"] as? String == new })
    #expect(try await stage.enqueue("add", new).stdout.contains("2 unchanged"))
    #expect(try await stage.enqueue("add", old).status == 65)
  }

  @Test("lines that another file already has are reported")
  func elsewhere() async throws {
    let stage = try await Stage()
    let first = try write("id,text\n1,One.\n", "x", "lines.csv", stage)
    let second = try write("id,text\n1,One.\n2,Two.\n", "y", "lines.csv", stage)
    let added = try await stage.enqueue("add", first, second)
    #expect(added.status == 0)
    #expect(
      added.stdout.contains("1 line from another file: left unchanged"), "\(added.stdout)")
  }

  @Test("a stream is a new one each time, unless --replace-file says otherwise")
  func stream() async throws {
    let stage = try await Stage()
    let first = try stage.write(#"{"id":"a","text":"One."}"#, to: "1.jsonl")
    let second = try stage.write(#"{"id":"a","text":"Two."}"#, to: "2.jsonl")
    let form = ["add", "-", "--as", "jsonl", "--batch", "b"]
    func add(_ file: String, _ more: String...) async throws -> Output {
      try await stage.start("csm-enqueue", form + more, input: file).end()
    }
    #expect(try await add(first).status == 0)
    let refused = try await add(second)
    #expect(refused.status == 65 && refused.stderr.contains("--replace-file -"))
    #expect(try await add(second, "--replace-file", "-").status == 0)
    #expect(try await stage.lines().map { $0["text"] as? String } == ["Two."])
  }

  @Test(
    "a pipe, and standard input by any name, is a stream",
    arguments: [
      "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0", "pipe",
    ])
  func pipes(_ name: String) async throws {
    let stage = try await Stage()
    let path = name == "pipe" ? stage("pipe") : name
    if name == "pipe" { #expect(mkfifo(path, 0o600) == 0) }
    func add(_ words: String) async throws -> Output {
      let file = try stage.write(
        #"{"id":"a","text":"WORDS"}"#.replacing("WORDS", with: words), to: words)
      if name == "pipe" {
        // A writer waits for its reader.
        let bytes = try stage.bytes(file)
        Thread.detachNewThread {
          // A program that another test starts must not keep it open.
          let pipe = open(path, O_WRONLY | O_CLOEXEC)
          _ = Glibc.write(pipe, bytes, bytes.count)
          close(pipe)
        }
      }
      return try await stage.start(
        "csm-enqueue", ["add", path, "--as", "jsonl", "--batch", "b"], input: file
      ).end()
    }
    #expect(try await add("One.").status == 0)
    let refused = try await add("Two.")
    #expect(
      refused.status == 65 && refused.stderr.contains("from another stream"), "\(refused.stderr)")
    #expect(try await stage.lines().map { $0["text"] as? String } == ["One."])
  }
}
