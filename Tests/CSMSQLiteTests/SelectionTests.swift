import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Selecting lines")
struct SelectionTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.add(["100 % sure", "under_score", #"back\slash"#, #"say "hi""#, "Plain"])
    try bench.add(
      [
        NewLine("Plain too", number: 1, id: "a:b"), NewLine("x", number: 2, id: "intro"),
        NewLine("y", number: 3, id: "7", author: "The Author's words"),
      ], batch: "c:d")
  }

  private func texts(_ change: (inout Selection) -> Void) throws -> [String] {
    try bench.lines(change).map(\.sent)
  }

  @Test(
    "lines are selected by part of the text, in which only the case of letters is special",
    arguments: [
      ("%", ["100 % sure"]), ("_", ["under_score"]), (#"\"#, [#"back\slash"#]),
      (#""hi""#, [#"say "hi""#]), ("plain", ["Plain", "Plain too"]), ("author's", ["y"]),
      ("scene", []), ("speaker_id", []), ("{", []), ("nobody", []), ("0 %_", []),
    ])
  func text(_ part: String, _ expected: [String]) throws {
    #expect(try texts { $0.text = part } == expected)
  }

  @Test("lines are selected by words that span two turns, or that are escaped in the JSON")
  func otherText() throws {
    let turns = SpeechRequest(scene: [
      .init(text: "Wo ist Größe", speakerID: 0), .init(text: "und Maß?", speakerID: 1),
    ])
    try bench.add([
      NewLine(request: turns, key: .of(turns), id: "s", text: nil, meta: nil, number: 1)
    ])
    #expect(try texts { $0.text = "Größe und" } == ["Wo ist Größe und Maß?"])
    #expect(try texts { $0.text = "e und m" } == ["Wo ist Größe und Maß?"])
    try bench.execute(
      #"UPDATE job SET input = replace(input, 'Plain too', 'Pl\u0061in too')"#)
    #expect(try texts { $0.text = "plain" } == ["Plain", "Plain too"])
  }

  @Test(
    "lines are selected by ids of jobs and of lines, with or without the batch",
    arguments: [
      (["1"], ["100 % sure"]), (["L2"], ["under_score"]), (["night:L2"], ["under_score"]),
      (["c:d:L2"], []), (["a:b"], ["Plain too"]), (["c:d:a:b"], ["Plain too"]),
      (["c:d:intro", "5"], ["Plain", "x"]), (["night:intro"], []), (["c:d:7"], ["y"]),
      (["7"], ["y"]), (["8"], ["y"]), (["99"], []), (["1", "1", "L1"], ["100 % sure"]),
      (["' OR true --"], []),
    ])
  func ids(_ ids: [String], _ expected: [String]) throws {
    #expect(try texts { $0.ids = ids } == expected)
  }

  @Test(
    "lines are selected by patterns, unless a line has the pattern as its id",
    arguments: [
      (["L*"], ["100 % sure", "under_score", #"back\slash"#, #"say "hi""#, "Plain"]),
      (["night:L[12]"], ["100 % sure", "under_score"]), (["c:d:*"], ["Plain too", "x", "y"]),
      (["?"], ["y"]), (["night:a*"], []),
    ])
  func patterns(_ ids: [String], _ expected: [String]) throws {
    #expect(try texts { $0.ids = ids } == expected)
  }

  @Test("suggests the nearest id for a misspelled one")
  func nearest() throws {
    var selection = Selection()
    selection.ids = ["intor", "c:d:inrto", "nihgt:L2", "nothing-like-it", "*"]
    #expect(
      try bench.table.unknownIDs(in: selection).map(\.nearest)
        == ["intro", "c:d:intro", "night:L2", nil])
  }

  @Test("finds a line by its old id after its number got more digits")
  func renumbered() throws {
    try bench.add((1...120).map { "Line \($0)" }, batch: "long")
    #expect(try texts { $0.ids = ["long:L7", "L0120"] } == ["Line 7", "Line 120"])
    #expect(try texts { $0.ids = ["L99999999999999999999"] } == [])
  }

  @Test("a number is a job's unless it is a line's id; --job always means a job")
  func numbers() throws {
    #expect(
      try texts {
        $0.ids = ["7"]
        $0.batch = "night"
      } == [])
    #expect(try texts { $0.jobs = [7] } == ["x"])
    #expect(
      try texts {
        $0.jobs = [7]
        $0.ids = ["7", "night:L1"]
      } == ["100 % sure", "x", "y"])
    var selection = Selection()
    selection.ids = ["7", "8", "99", "night:7", "nobody"]
    #expect(
      try bench.table.unknownIDs(in: selection).map(\.id) == ["99", "night:7", "nobody"])
    selection.ids = ["night", "nobody"]
    #expect(try bench.table.unknownIDs(in: selection).map(\.isBatch) == [true, false])
  }

  @Test("can refuse an id that lines of several batches have")
  func namesakes() throws {
    try bench.add(["Other words", "under_score"], batch: "day")
    func texts(_ id: String, batch: String? = nil) throws -> [String] {
      try self.texts {
        $0.ids = [id]
        $0.batch = batch
        $0.mayNameSeveral = false
      }
    }
    #expect(throws: Ambiguity.self) { try texts("L1") }
    #expect(try texts("day:L1") == ["Other words"])
    #expect(try texts("L1", batch: "night") == ["100 % sure"])
    // These lines share one job.
    #expect(try texts("L2") == ["under_score", "under_score"])
    #expect(try texts("L5") == ["Plain"])
    let ambiguity = Ambiguity(id: "L1", example: .init(batch: "my night", line: "L1"))
    #expect(
      ambiguity.description
        == "L1 is a line of several batches: name one as BATCH:LINE, such as 'my night:L1'")
  }

  @Test("lines are selected by more ids than the depth limit of an expression")
  func manyIDs() throws {
    let ids =
      (1...3000).map(String.init) + (1...3000).map { "L\($0)" } + (1...3000).map { "night:\($0)" }
    // Job 7 is missing, since a line has that id.
    #expect(try bench.lines { $0.ids = ids }.count == 7)
  }

  @Test("lines are selected by more numbers than a statement may have arguments")
  func manyNumbers() throws {
    #expect(try bench.lines { $0.jobs = Array(1...300_000) }.count == 8)
    var selection = Selection()
    selection.jobs = Array(1...300_000)
    #expect(try bench.table.cancel(selection, at: Bench.start).moved == 8)
  }

  @Test("lines are selected by states and batch, all of which must hold")
  func both() throws {
    try bench.bring(1, to: .failed)
    try bench.bring(6, to: .failed)
    try bench.bring(7, to: .stored)
    #expect(try texts { $0.states = [.failed] } == ["100 % sure", "Plain too"])
    #expect(try texts { $0.states = [.failed, .stored] }.count == 3)
    #expect(
      try texts {
        $0.states = [.failed]
        $0.batch = "c:d"
      } == ["Plain too"])
    #expect(
      try texts {
        $0.states = [.failed]
        $0.ids = ["1", "2"]
        $0.text = "sure"
      } == ["100 % sure"])
    #expect(try texts { $0.batch = "nobody" }.isEmpty)
  }

  @Test("gives the oldest or the newest lines first, up to the limit")
  func order() throws {
    func ids(newestFirst: Bool, limit: Int?) throws -> [String] {
      var ids: [String] = []
      let count = try bench.table.lines(
        Selection(), in: newestFirst ? .newest : .added, limit: limit
      ) {
        ids.append($0.line)
      }
      #expect(count == ids.count)
      return ids
    }
    #expect(try ids(newestFirst: false, limit: 2) == ["L1", "L2"])
    #expect(try ids(newestFirst: true, limit: 2) == ["7", "intro"])
    #expect(try ids(newestFirst: true, limit: nil).count == 8)
    #expect(try ids(newestFirst: true, limit: 0).isEmpty)
  }

  @Test("stops when the reader has enough, and the table stays usable")
  func stopped() throws {
    struct Enough: Error {}
    #expect(throws: Enough.self) {
      try bench.table.lines(Selection(), in: .added, limit: nil) { _ in throw Enough() }
    }
    #expect(try bench.add(["after"], batch: "more").queued == 1)
  }

  @Test("finds batches by name")
  func batches() throws {
    #expect(try bench.table.hasBatch("c:d"))
    #expect(try !bench.table.hasBatch("c"))
  }
}
