import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("File names that would clash")
struct NameClashTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func add(_ ids: [String?], isStrict: Bool = false) throws -> AdditionSummary {
    var addition = Addition(
      batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f", isDryRun: false,
      isStrict: isStrict)
    addition.fileName = { $0.lowercased() }
    return try bench.table.add(addition, at: Bench.start) { stage in
      for (index, id) in ids.enumerated() {
        try stage(NewLine("words of \(id ?? "none") \(index)", number: index + 1, id: id))
      }
      return .whole
    }
  }

  @Test("the later line is refused, and names the earlier one")
  func inOneFile() throws {
    let summary = try add(["Intro", "intro", "INTRO", "outro", "Outro", "other"])
    #expect(
      summary.conflicting == [
        .init(number: 2, id: "intro", other: "Intro"),
        .init(number: 3, id: "INTRO", other: "Intro"),
        .init(number: 5, id: "Outro", other: "outro"),
      ])
    #expect(try bench.lines().map(\.line) == ["Intro", "outro", "other"])
  }

  @Test("lines already in the batch count too; the same id is no clash")
  func earlier() throws {
    _ = try add(["Intro", "plain"])
    let summary = try add(["Plain", "intro", "Intro"])
    #expect(summary.conflicting.map(\.other) == ["plain", "Intro"])
    #expect(summary.conflicting.map(\.number) == [1, 2])
    #expect(try add(["Intro"]).conflicting == [])
  }

  @Test("an id made from a line number clashes with the author's own")
  func made() throws {
    #expect(try add([nil, "l1"]).conflicting == [.init(number: 2, id: "l1", other: "L1")])
    #expect(try add([nil, nil]).conflicting == [])
  }

  @Test("a large batch is not scanned for each line that is added again")
  func plan() throws {
    _ = try add(["Intro", "plain"])
    let plan = try bench.table.queue.read { db in
      try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(NameClashes.query)", arguments: ["batch": 1])
        .map { $0["detail"] as String }
    }
    #expect(plan.contains { $0.contains("staged USING INTEGER PRIMARY KEY") }, "\(plan)")
    let lookups = plan.filter { $0.hasPrefix("SEARCH item") }
    #expect(!lookups.isEmpty)
    #expect(
      lookups.allSatisfy { $0.contains("batch_item_line (batch_id=? AND line=?)") }, "\(plan)")
  }

  @Test("a strict addition with a clash adds nothing")
  func strict() throws {
    #expect(try add(["a", "A"], isStrict: true).isRefused)
    #expect(try bench.lines().isEmpty)
  }
}
