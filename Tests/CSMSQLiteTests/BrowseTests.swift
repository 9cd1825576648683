import CSMCore
import Testing

@testable import CSMSQLite

/// Tests for reading lines a stretch at a time, as the page shows them.
@Suite("Browsing")
struct BrowseTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func fill() throws {
    try bench.add((1...2500).map { "text \($0)" }, batch: "long")
    try bench.add((1...30).map { "other \($0)" } + ["text 7", "text 8"], batch: "short")
    for job in [3, 40, 2510] as [Job.ID] { try bench.bring(job, to: .stored) }
  }

  private func browse(
    _ states: Set<JobState.Name> = [], _ batch: String? = nil, offset: Int = 0, limit: Int = 5000
  ) throws -> [String] {
    try bench.table.browse(states: states, batch: batch, offset: offset, limit: limit)
      .map { "\($0.batch):\($0.line)" }
  }

  @Test("stretches joined together are the list, whatever the filter")
  func stretches() throws {
    try fill()
    for (states, batch) in [
      ([], nil), ([], "long"), ([], "short"), ([.stored], nil), ([.stored], "short"),
      ([.queued, .stored], "long"), ([.queued], nil), ([.queued], "long"), ([.failed, .held], nil),
      ([], "none"),
    ] as [(Set<JobState.Name>, String?)] {
      let whole = try browse(states, batch)
      let parts = try stride(from: 0, to: max(1, whole.count), by: 700).flatMap {
        try browse(states, batch, offset: $0, limit: 700)
      }
      #expect(parts == whole)
      let lines = try bench.lines {
        $0.states = states
        $0.batch = batch
      }
      #expect(Set(whole) == Set(lines.map { "\($0.batch):\($0.line)" }))
      #expect(whole.count == lines.count)
    }
    #expect(try browse([], "short").suffix(2) == ["short:L31", "short:L32"])
    var selection = Selection()
    #expect(try bench.table.count(selection) == 2532)
    selection.batch = "short"
    #expect(try bench.table.count(selection) == 32)
  }

  @Test("gives the same order by index and by sorting; refuses to sort too many lines")
  func orders() throws {
    try fill()
    try bench.bring(7, to: .failed)
    func ids(_ order: LineOrder, _ batch: String? = nil, sortedMax: Int) throws -> [String] {
      try bench.table.browse(
        states: [], batch: batch, order: order, offset: 0, limit: 5000, sortedMax: sortedMax
      ).map { "\($0.state) \($0.batch):\($0.line)" }
    }
    for order in [LineOrder.newest, LineOrder(.ended, isReversed: true), LineOrder(.state)] {
      for batch in [nil, "long", "short"] {
        let few = try ids(order, batch, sortedMax: 10_000)
        let many = try ids(order, batch, sortedMax: 10)
        #expect(Set(few) == Set(many) && few.count == many.count, "\(order)")
        #expect(order.key != .ended || few.count < 10)
      }
    }
    #expect(try ids(LineOrder(.state), sortedMax: 10).first?.hasPrefix("failed") == true)
    #expect(try ids(.newest, sortedMax: 10).last == "queued long:L0001")
    let longest = LineOrder(.length, isReversed: true)
    #expect(try ids(longest, "short", sortedMax: 32).count == 32)
    #expect(throws: JobTable.TooMany.self) { try ids(longest, "short", sortedMax: 31) }
  }

  private func search(
    _ selection: Selection, limit: Int, where isWanted: (LineRow) -> Bool = { _ in true }
  ) throws -> [String] {
    var found: [String] = []
    var place: LinePlace? = .start
    while let from = place {
      let stretch = try bench.table.search(
        selection, after: from, limit: limit, where: isWanted, until: { true })
      #expect(stretch.lines.count <= limit && stretch.looked <= 2000)
      found += stretch.lines.map { "\($0.batch):\($0.line)" }
      place = stretch.next
    }
    return found
  }

  @Test("a continued search finds each line once", arguments: [1, 3, 500])
  func searches(limit: Int) throws {
    try fill()
    var selection = Selection()
    selection.text = "7"
    let expected = Set(try bench.lines { $0.text = "7" }.map { "\($0.batch):\($0.line)" })
    let found = try search(selection, limit: limit)
    #expect(found.count == expected.count && Set(found) == expected)
    selection.batch = "short"
    #expect(
      try search(selection, limit: limit) == ["short:L31", "short:L07", "short:L17", "short:L27"])
    #expect(try search(selection, limit: limit) { $0.line == "L17" } == ["short:L17"])
  }

  @Test("exact names match only these lines, even if they look like patterns")
  func names() throws {
    try bench.add(
      [NewLine("one", number: 1, id: "*"), NewLine("two", number: 2, id: "b:c")], batch: "a")
    try bench.add([NewLine("three", number: 1, id: "c")], batch: "a:b")
    func named(_ batch: String, _ line: String) throws -> [String] {
      try bench.lines { $0.lines = [.init(batch: batch, line: line)] }.map(\.text)
    }
    #expect(try named("a", "*") == ["one"])
    #expect(try named("a", "b:c") == ["two"])
    #expect(try named("a:b", "c") == ["three"])
    #expect(try named("a", "c") == [])
    #expect(try named("a:b", "*") == [])
    var selection = Selection()
    selection.lines = [.init(batch: "a", line: "1")]
    #expect(try bench.table.unknownIDs(in: selection).map(\.id) == ["a:1"])
    #expect(!selection.isEmpty)
  }

  @Test("counts bars and the course of the night from the rows")
  func bars() throws {
    try fill()
    let bars = try bench.table.bars()
    #expect(bars.map(\.batch) == ["short", "long"])
    #expect(bars[1].lines == [.stored: 2, .queued: 2498])
    #expect(bars[0].total == 32)
    let start = try #require(try bench.table.courseStart(since: Bench.start - .seconds(9)))
    let course = try bench.table.course(since: start, parts: 10, each: .seconds(60))
    #expect(course.map(\.ended).reduce(0, +) == 3)
    #expect(course.map(\.cost.microDollars).reduce(0, +) > 0)
  }
}
