import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Words that a file has under another id than before")
struct MovedLineTests {
  private let bench: Bench
  private let later = Bench.start + .seconds(60)

  init() throws { bench = try Bench(role: .daemon) }

  /// Adds a plain text file, whose ids are made from line numbers.
  @discardableResult
  private func add(
    _ texts: [String], isPruning: Bool = false, rerolls: Int? = nil
  ) throws -> AdditionSummary {
    let lines = texts.enumerated().map { NewLine($1, number: $0 + 1) }
    return try bench.add(lines, isPruning: isPruning, rerolls: rerolls, at: later)
  }

  private func selection(_ id: String) -> Selection {
    var selection = Selection()
    selection.ids = [id]
    return selection
  }

  private var former: [String] {
    get throws { try bench.lines { $0.age = .former }.map { "\($0.line) \($0.text)" }.sorted() }
  }

  private let texts = ["one", "two", "three"].map { "\(Bench.text) \($0)" }

  @Test("cost nothing, and are not listed as former")
  func moved() throws {
    try bench.add(["one", "two", "three"])
    for id in 1...3 { try bench.bring(Int64(id), to: .stored) }
    let summary = try add(["zero", "one", "two", "three"])
    #expect(summary.queued == 1 && summary.stored == 3)
    #expect(summary.unchanged == 3 && summary.changed == 1 && summary.added == 0)
    #expect(try bench.lines().map(\.line) == ["L1", "L2", "L3", "L4"])
    #expect(try bench.lines().map(\.text) == ["zero", "one", "two", "three"])
    #expect(try bench.lines().map(\.sourceLine) == [1, 2, 3, 4])
    #expect(try former.isEmpty)
    #expect(try !bench.table.isMiscounted())
  }

  @Test("keep their better take, what a person picked or accepted, and all other takes")
  func decisions() throws {
    try bench.add(texts, budget: nil)
    try bench.execute("UPDATE batch SET rerolls = 1")
    try bench.store(1, .silent)
    try bench.store(2, .fine)
    try bench.store(3, .fine)
    try bench.store(4, .fine)
    try bench.reroll { $0.ids = ["L2"] }
    try bench.store(5, .fine)
    _ = try bench.table.pick(selection("L2"), take: 1, at: Bench.start)
    _ = try bench.table.accept(selection("L3"), at: Bench.start)
    #expect(try bench.lines().map(\.id) == [4, 2, 3])

    try add(["\(Bench.text) zero"] + texts)
    #expect(try bench.lines().map(\.id) == [6, 4, 2, 3])
    #expect(try bench.lines().map(\.takes) == [1, 2, 2, 1])
    #expect(try bench.lines().map(\.isPinned) == [false, false, true, true])
    #expect(try bench.lines().map(\.isAccepted) == [false, false, false, true])
    #expect(try bench.takes("L2") == ["1 STORED", "2 STORED"])
    #expect(try former.count == 2, "only the other takes of L2 and L3")
  }

  @Test("keep the takes that are queued for them, and still get them afterwards")
  func rerolls() throws {
    try bench.add(texts)
    try bench.execute("UPDATE batch SET rerolls = 1")
    try bench.store(1, .silent)
    try add(["\(Bench.text) zero"] + texts)
    #expect(try bench.takes("L2") == ["1 STORED", "2 QUEUED"])
    try bench.store(4, .fine)
    #expect(try bench.line("L2").id == 4)
    try bench.store(2, .silent)
    #expect(try bench.takes("L3") == ["1 STORED", "2 QUEUED"])
  }

  @Test("keep the words that a person gave them")
  func edited() throws {
    try bench.add(["one", "two"])
    let edit = try bench.edit("L1", "eins")
    guard case .edited = edit else { return #expect(Bool(false), "\(edit)") }
    let summary = try add(["zero", "one", "two"])
    #expect(summary.edited == 1 && summary.reverted == 0 && summary.queued == 1)
    #expect(try bench.lines().map(\.text) == ["zero", "eins", "two"])
    #expect(try former.isEmpty)
    #expect(try add(["zero", "two"]).reverted == 1, "the file no longer has these words")
  }

  @Test("move up, too, and the last line, which only its number named, is gone")
  func deleted() throws {
    try bench.add(texts)
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    _ = try bench.table.accept(selection("L3"), at: Bench.start)
    let summary = try add(Array(texts.dropFirst()))
    #expect(summary.unchanged == 2 && summary.changed == 0 && summary.gone == 0)
    #expect(try bench.lines().map(\.id) == [2, 3])
    #expect(try bench.lines().map(\.isAccepted) == [false, true])
    #expect(try former == ["L1 \(texts[0])"])
  }

  @Test("leave their takes with a line of the author's id, which stays until it is pruned")
  func stays() throws {
    func named(_ ids: [String]) -> [NewLine] {
      ids.enumerated().map { NewLine(texts[0], number: $0 + 1, id: $1) }
    }
    try bench.add(named(["a"]), rerolls: 1)
    try bench.store(1, .silent)
    #expect(try bench.takes("a") == ["1 STORED", "2 QUEUED"])
    try bench.add(named(["b"]), at: later)
    #expect(try bench.takes("b") == ["1 STORED", "2 QUEUED"])
    #expect(try bench.takes("a") == ["1 STORED", "2 QUEUED"])
    try bench.store(2, .fine)
    #expect(try bench.lines().map(\.id) == [2, 2])
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
  }

  @Test("keep their order if several lines have the same words")
  func repeated() throws {
    try bench.add(["one", "same", "two", "same"])
    try bench.bring(2, to: .stored)
    _ = try bench.table.accept(selection("L2"), at: Bench.start)
    try add(["zero", "one", "same", "two", "same"])
    #expect(try bench.lines().map(\.isAccepted) == [false, false, true, false, false])
  }

  @Test("come from a line that gets other words before one that the file no longer has")
  func endangered() throws {
    func line(_ id: String, _ text: String, _ number: Int) -> NewLine {
      NewLine(text, number: number, id: id)
    }
    try bench.add([line("a", "same", 1), line("b", "same", 2)])
    try bench.bring(1, to: .stored)
    _ = try bench.table.accept(selection("b"), at: Bench.start)
    try bench.add([line("b", "other", 1), line("c", "same", 2)])
    #expect(try bench.line("c").isAccepted && !bench.line("a").isAccepted)
  }

  @Test("come from several such lines in the order that these have in the file now")
  func inOrder() throws {
    func lines(_ ids: String...) -> [NewLine] {
      ids.enumerated().map { NewLine("same", number: $0 + 1, id: $1) }
    }
    try bench.add(lines("a", "b"))
    try bench.bring(1, to: .stored)
    _ = try bench.table.accept(selection("b"), at: Bench.start)
    try bench.add(lines("b", "a"))
    try bench.add(lines("c", "d"))
    #expect(try bench.line("c").isAccepted && !bench.line("d").isAccepted)
  }

  @Test("may have ids of the author, and may change places")
  func swapped() throws {
    try bench.add(2)
    try bench.store(1, .fine)
    try bench.store(2, .fine)
    _ = try bench.table.accept(selection("l1"), at: Bench.start)
    let swapped = [
      NewLine("\(Bench.text) 2", number: 1, id: "l1"),
      NewLine("\(Bench.text) 1", number: 2, id: "l2"),
    ]
    #expect(try bench.add(swapped).unchanged == 2)
    #expect(try bench.lines().map(\.id) == [2, 1])
    #expect(try bench.lines().map(\.isAccepted) == [false, true])
    #expect(try former.isEmpty)
  }

  @Test("do not come from another file's lines")
  func otherFile() throws {
    try bench.add([NewLine("one", number: 1, id: "a")], file: "a.csv")
    try bench.bring(1, to: .stored)
    _ = try bench.table.accept(selection("a"), at: Bench.start)
    let summary = try bench.add([NewLine("one", number: 1, id: "b")], file: "b.csv")
    #expect(summary.added == 1)
    #expect(try bench.lines().map(\.isAccepted) == [true, false])
  }

  @Test("have their takes again, and what a person picked, if they had left the file for a while")
  func returned() throws {
    try bench.add(texts)
    try bench.execute("UPDATE batch SET rerolls = 1")
    try bench.store(1, .fine)
    try bench.store(2, .silent)
    try bench.store(3, .fine)
    try bench.store(4, .fine)
    _ = try bench.table.pick(selection("L2"), take: 1, at: Bench.start)
    try add([texts[0], "\(Bench.text) for now", texts[2]])
    #expect(try former.count == 2)
    let summary = try add(["\(Bench.text) zero"] + texts)
    #expect(summary.queued == 1 && summary.unchanged == 2)
    #expect(try bench.lines().map(\.sourceLine) == [1, 2, 3, 4])
    #expect(try bench.line("L3").id == 2 && bench.line("L3").isPinned)
    #expect(try bench.takes("L3") == ["1 STORED", "2 STORED"])
    #expect(try bench.lines { $0.age = .former }.map(\.line) == ["L3"], "its other take")
    #expect(try !bench.table.isMiscounted())
  }

  @Test("are not listed as former if they had left the file for a while")
  func returnedPlain() throws {
    try bench.add(texts)
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    try add([texts[0], "\(Bench.text) for now", texts[2]])
    #expect(try former == ["L2 \(texts[1])"])
    try add(["\(Bench.text) zero"] + texts)
    #expect(try former.isEmpty)
  }

  @Test("leave what they had to its line if another has the same words")
  func returnedRepeated() throws {
    try bench.add(["same", "two", "same"])
    try bench.bring(1, to: .stored)
    _ = try bench.table.accept(selection("L1"), at: Bench.start)
    try add(["one", "two", "same"])
    try add(["one", "two", "same", "same"])
    #expect(try bench.lines().map(\.isAccepted) == [false, false, false, false])
    try add(["same", "two", "same", "same"])
    #expect(try bench.lines().map(\.isAccepted) == [true, false, false, false])
  }
}
