import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Adding lines")
struct AddTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  @Test("makes a queued job and a line for each text")
  func new() throws {
    let summary = try bench.add(["one", "two", "three"], priority: 7)
    #expect(summary.main == AdditionSummary(lines: 3, queued: 3, characters: 11))
    let lines = try bench.lines()
    #expect(lines.map(\.text) == ["one", "two", "three"])
    #expect(lines.map(\.sent) == ["one", "two", "three"])
    #expect(lines.map(\.line) == ["L1", "L2", "L3"])
    #expect(lines.map(\.sourceLine) == [1, 2, 3])
    #expect(lines.allSatisfy { $0.state == .queued && $0.priority == 7 && $0.take == 1 })
    #expect(lines.allSatisfy { $0.batch == "night" && $0.sourceFile == "night.txt" })
    #expect(lines.allSatisfy { $0.createdAt == Bench.start && $0.cost == nil })
    let due = try bench.table.dueJobs(limit: 9, at: Bench.start).jobs
    #expect(due.map(\.request.text) == ["one", "two", "three"])
  }

  @Test("keeps everything that the author's file says about a line, and its whole request")
  func fields() throws {
    let request = SpeechRequest(
      scene: [
        .init(text: "Hi / \"there\"", speakerID: 3), .init(text: "Ça va?\u{1F600}", speakerID: 4),
      ],
      context: [.init(prompt: "p", audioURL: "https://a.b/c.wav", speakerID: 3)])
    try bench.add([
      NewLine(
        request: request, key: .of(request), id: "intro", text: "Hi there",
        meta: #"{"mood":"glad"}"#,
        number: 4)
    ])
    let line = try #require(try bench.lines().first)
    #expect(line.line == "intro")
    #expect(line.text == "Hi there")
    #expect(line.sent == "Hi / \"there\" Ça va?\u{1F600}")
    #expect(line.speakerID == 3)
    #expect(line.characters == request.characters)
    #expect(line.meta == #"{"mood":"glad"}"#)
    #expect(line.sourceLine == 4)
    #expect(try bench.job(line.id).request == request)
  }

  @Test("adds nothing when the same lines are added again")
  func again() throws {
    try bench.add(["one", "two"])
    let before = try bench.dump()
    let summary = try bench.add(["one", "two"], at: Bench.start + .seconds(60))
    #expect(summary.main == AdditionSummary(lines: 2, unchanged: 2))
    #expect(try bench.dump() == before)
  }

  @Test("makes one job for equal words, within a file and across batches")
  func shared() throws {
    #expect(
      try bench.add(["one", "two", "one"]).main
        == AdditionSummary(lines: 3, queued: 2, characters: 6, shared: 1))
    #expect(
      try bench.add(["two", "three"], batch: "day").main
        == AdditionSummary(lines: 2, queued: 1, characters: 5, shared: 1))
    #expect(try bench.number("SELECT count(*) FROM job") == 3)
    let lines = try bench.lines()
    #expect(lines.map(\.text) == ["one", "two", "one", "two", "three"])
    #expect(lines[0].id == lines[2].id && lines[1].id == lines[3].id)
  }

  @Test("makes a new job for a new take")
  func take() throws {
    try bench.add(["one"])
    #expect(
      try bench.add(["one"], batch: "again", take: 2).main
        == AdditionSummary(lines: 1, queued: 1, characters: 3))
    #expect(try bench.lines().map(\.take) == [1, 2])
  }

  // MARK: Ids that repeat

  @Test(
    "leaves out all lines of an id with different words: only the author knows which are meant")
  func conflict() throws {
    let summary = try bench.add([
      NewLine("one", number: 1, id: "a"), NewLine("two", number: 2, id: "a"),
      NewLine("one", number: 3, id: "a"), NewLine("three", number: 4, id: "b"),
    ])
    #expect(summary.conflicting.map(\.number) == [1, 2, 3])
    #expect(summary.queued == 1)
    #expect(try bench.lines().map(\.text) == ["three"])
  }

  @Test("names each row once if one of those with an id was cut into parts, or has takes")
  func conflictOfParts() throws {
    let parts = [
      NewLine("first", number: 1, id: "a.01", suffix: ".01"),
      NewLine("second", number: 1, id: "a.02", suffix: ".02"),
    ]
    let other = [
      NewLine("other", number: 2, id: "a"),
      NewLine("other", number: 2, id: "a.t2", take: 2, suffix: ".t2"),
    ]
    let summary = try bench.add(parts + other + [NewLine("fine", number: 3, id: "b")])
    #expect(
      summary.conflicting == [
        .init(number: 1, id: "a", lines: 2), .init(number: 2, id: "a", lines: 2),
      ])
    #expect(try bench.lines().map(\.line) == ["b"])
    let longer = NewLine("third", number: 2, id: "a.03", suffix: ".03")
    let moved = parts.map {
      NewLine($0.request.text, number: 2, id: $0.id, suffix: $0.suffix)
    }
    #expect(try bench.add(parts + moved + [longer]).conflicting.map(\.number) == [1, 2])
    // The same words again, and more takes of them, are no conflict.
    #expect(try bench.add(parts + moved).conflicting == [])
    #expect(try bench.add(other + [NewLine("other", number: 9, id: "a")]).conflicting == [])
  }

  @Test("leaves out all parts of a row with the id of a rejected row")
  func partsOfRejected() throws {
    let summary = try bench.add(
      [
        NewLine("first", number: 2, id: "a.01", suffix: ".01"),
        NewLine("second", number: 2, id: "a.02", suffix: ".02"),
      ], reading: .partial(ids: ["a"]))
    #expect(summary.conflicting == [.init(number: 2, id: "a", lines: 2)])
    #expect(try bench.lines().isEmpty)
  }

  @Test(
    "leaves out a line with the id of a rejected line, and prunes nothing")
  func conflictWithRejected() throws {
    try bench.add([NewLine("old", number: 1, id: "a"), NewLine("gone", number: 2, id: "c")])
    let summary = try bench.add(
      [NewLine("one", number: 2, id: "a"), NewLine("two", number: 3, id: "b")], isPruning: true,
      reading: .partial(ids: ["a", "x"]))
    #expect(summary.conflicting == [.init(number: 2, id: "a")])
    #expect(summary.queued == 1)
    #expect(try bench.lines().map(\.text) == ["old", "gone", "two"])
  }

  @Test("counts a line that repeats an id with the same words as sharing its job")
  func repeated() throws {
    let summary = try bench.add([
      NewLine("one", number: 1, id: "a"), NewLine("one", number: 2, id: "a"),
      NewLine("one", number: 3, id: "b"),
    ])
    #expect(summary.main == AdditionSummary(lines: 3, queued: 1, characters: 3, shared: 2))
    #expect(try bench.lines().map(\.line) == ["a", "b"])
    let again = try bench.add([
      NewLine("one", number: 1, id: "a"), NewLine("one", number: 2, id: "a"),
    ])
    #expect(again.lines == 2 && again.queued == 0 && again.unchanged + again.shared == 2)
  }

  @Test("writes nothing of a strict file in which an id repeats with other words")
  func strict() throws {
    try bench.add(["old"])
    let before = try bench.dump()
    let summary = try bench.add(
      [NewLine("one", number: 1, id: "a"), NewLine("two", number: 2, id: "a")], isStrict: true)
    #expect(summary.conflicting.count == 2 && summary.isRefused && summary.queued == 0)
    #expect(try bench.dump() == before)
  }

  @Test(
    "takes no longer for many lines with one id than for as many different ones",
    .timeLimit(.minutes(1)))
  func manyRepeats() throws {
    let lines = (1...30_000).lazy.map { NewLine("same", number: $0, id: "a") }
    let summary = try bench.table.add(
      Addition(
        batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
        isDryRun: false, isStrict: false), at: Bench.start
    ) { stage in
      for line in lines { try stage(line) }
      return .whole
    }
    #expect(summary.queued == 1)
  }

  // MARK: Edited lines

  @Test(
    "refuses other words for an id from another file or a stream",
    arguments: [("a.txt", "b.txt"), (Addition.stream, Addition.stream)], [nil, "x"])
  func otherSource(_ files: (String, String), _ id: String?) throws {
    func lines(_ texts: String...) -> [NewLine] {
      texts.enumerated().map { place, text in
        NewLine(text, number: place + 1, id: id.map { "\($0)\(place)" })
      }
    }
    try bench.add(lines("one", "two"), file: files.0)
    let before = try bench.dump()
    let summary = try bench.add(lines("one", "zwei"), file: files.1)
    #expect(summary.isRefused)
    #expect(try bench.dump() == before)
    #expect(try bench.add(lines("one", "two", "three"), file: files.1).queued == 1)
    // Lines in both files still belong to the first, so the second may not edit them.
    #expect(try bench.add(lines("eins", "two", "three"), file: files.1).isRefused)
    #expect(try bench.lines().map(\.text) == ["one", "two", "three"])
  }

  @Test("deletes the unsent job of an edited line")
  func edited() throws {
    try bench.add(["one", "two"])
    let summary = try bench.add(["one", "zwei"], at: Bench.start + .seconds(1))
    #expect(
      summary.main == AdditionSummary(lines: 2, queued: 1, characters: 4, unchanged: 1, changed: 1))
    #expect(try bench.lines().map(\.text) == ["one", "zwei"])
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
  }

  @Test(
    "keeps the job of a line edited after a submit",
    arguments: JobState.Name.allCases.filter { $0 != .queued })
  func editedAfterSubmit(_ state: JobState.Name) throws {
    try bench.add(["one"])
    try bench.bring(1, to: state)
    #expect(try bench.add(["eins"]).changed == 1)
    #expect(try bench.state(1) == state.rawValue)
    #expect(try bench.lines().map(\.id) == [2])
  }

  @Test("drops an edited line's job that fal only refused, and keeps one that another line wants")
  func editedButWanted() throws {
    try bench.add(["one", "two"])
    try bench.add(["two"], batch: "day")
    try bench.bring(1, to: .failed)
    var one = Selection()
    one.ids = ["1"]
    _ = try bench.table.retry(one, at: Bench.start)
    #expect(try bench.add(["eins", "zwei"]).changed == 2)
    #expect(try bench.number("SELECT count(*) FROM job WHERE id = 1") == 0)
    #expect(try bench.state(2) == "QUEUED")
  }

  @Test("updates meta and the author's text of unchanged words")
  func editedMeta() throws {
    try bench.add([NewLine("one", number: 1, id: "a", meta: #"{"n":1}"#)])
    let summary = try bench.add([
      NewLine("one", number: 1, id: "a", author: "One!", meta: #"{"n":2}"#)
    ])
    #expect(summary.main == AdditionSummary(lines: 1, unchanged: 1))
    let line = try #require(try bench.lines().first)
    #expect(line.meta == #"{"n":2}"# && line.text == "One!")
  }

  // MARK: Nothing is written

  @Test("writes nothing in a dry run, and reports what would be written")
  func dryRun() throws {
    try bench.add(["one", "two"])
    let before = try bench.dump()
    let lines = (1...12).map { NewLine("text \($0)", number: $0) }
    let summary = try bench.add(lines, isDryRun: true)
    #expect(summary.queued == 12 && summary.changed == 2)
    #expect(try bench.dump() == before)
    #expect(try bench.add(lines) == summary)
  }

  @Test("writes nothing when reading the lines fails, and can go on")
  func thrown() throws {
    struct Broken: Error {}
    let addition = Addition(
      batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
      isDryRun: false, isStrict: false)
    let before = try bench.dump()
    #expect(throws: Broken.self) {
      try bench.table.add(addition, at: Bench.start) { stage in
        try stage(NewLine("one", number: 1))
        throw Broken()
      }
    }
    #expect(try bench.dump() == before)
    #expect(try bench.add(["one"]).queued == 1)
  }

  @Test("writes nothing when the lines turn out not to be wanted")
  func unwanted() throws {
    let addition = Addition(
      batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
      isDryRun: false, isStrict: true)
    let before = try bench.dump()
    let summary = try bench.table.add(addition, at: Bench.start) { stage in
      try stage(NewLine("one", number: 1))
      return .unwanted
    }
    #expect(summary == AdditionSummary())
    #expect(try bench.dump() == before)
  }

  @Test("lets others write while the lines are read")
  func staging() throws {
    let other = try bench.another(.writer)
    let addition = Addition(
      batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
      isDryRun: false, isStrict: false)
    _ = try bench.table.add(addition, at: Bench.start) { stage in
      try stage(NewLine("one", number: 1))
      #expect(try other.pause(reason: "meanwhile", at: Bench.start))
      return .whole
    }
    #expect(try bench.dump("gate").count == 1)
    #expect(try bench.lines().count == 1)
  }
}
