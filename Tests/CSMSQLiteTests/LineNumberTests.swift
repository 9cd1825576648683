import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Ids made from line numbers")
struct LineNumberTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func texts(_ count: Int) -> [String] { (1...count).map { "text \($0)" } }

  private var ids: [String] {
    get throws { try bench.lines().map(\.line) }
  }

  @Test(
    "are as wide as the file's last line number",
    arguments: [(1, "L1", "L1"), (9, "L1", "L9"), (10, "L01", "L10"), (1000, "L0001", "L1000")])
  func width(_ count: Int, _ first: String, _ last: String) throws {
    try bench.add(texts(count))
    #expect(try ids.first == first)
    #expect(try ids.last == last)
  }

  @Test("are widened when a longer file is added, and the lines stay the same")
  func repadded() throws {
    try bench.add(texts(3))
    let summary = try bench.add(texts(12))
    #expect(summary.unchanged == 3 && summary.queued == 9)
    #expect(try ids == (1...12).map { $0 < 10 ? "L0\($0)" : "L\($0)" })
  }

  @Test("keep their width when a shorter file is added")
  func narrower() throws {
    try bench.add(texts(12))
    #expect(try bench.add(texts(3)).unchanged == 3)
    #expect(try ids.count == 12)
  }

  @Test("keep the part after the number, also when they are widened")
  func parts() throws {
    let parts = [NewLine("a", number: 7), NewLine("b", number: 7, suffix: ".02")]
    try bench.add(parts)
    #expect(try ids == ["L7", "L7.02"])
    let summary = try bench.add(parts + [NewLine("c", number: 10, suffix: ".t2")])
    #expect(summary.unchanged == 2 && summary.queued == 1)
    #expect(try ids == ["L07", "L07.02", "L10.t2"])
  }

  @Test("coexist with the author's own ids, which are never padded")
  func mixed() throws {
    try bench.add([NewLine("one", number: 1), NewLine("two", number: 2, id: "7")])
    try bench.add((3...10).map { NewLine("text \($0)", number: $0) })
    #expect(try ids.prefix(3) == ["L01", "7", "L03"])
  }

  @Test("become the author's own if the author uses such an id")
  func claimed() throws {
    try bench.add(["one", "two"])
    try bench.add([NewLine("uno", number: 7, id: "L1")])
    try bench.add((2...10).map { NewLine($0 == 2 ? "two" : "text \($0)", number: $0) })
    #expect(try ids == ["L1", "L02"] + (3...9).map { "L0\($0)" } + ["L10"])
  }

  @Test("are not widened into an id that the author gave to another line")
  func collision() throws {
    try bench.add([NewLine("own", number: 1, id: "L01"), NewLine("two", number: 1 + 1)])
    try bench.add([NewLine("one", number: 1)])
    let summary = try bench.add((1...10).map { NewLine($0 == 1 ? "one" : "t\($0)", number: $0) })
    #expect(summary.lines == 10)
    let lines = try bench.lines()
    #expect(lines.contains { $0.line == "L01" && $0.text == "own" })
    #expect(lines.contains { $0.text == "one" })
    #expect(Set(lines.map(\.line)).count == lines.count)
  }
}
