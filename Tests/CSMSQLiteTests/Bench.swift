import CSMCore
import Foundation
import GRDB
import Testing

@testable import CSMSQLite

/// A job table in a temporary folder, with helpers to fill it and to inspect its rows.
struct Bench {
  let folder: TemporaryFolder
  let table: JobTable

  /// The time at which tests begin by default.
  static let start = Timestamp(milliseconds: 1_700_000_000_000)
  static let endpoint = "fal-ai/csm-1b"

  init(role: JobTable.Role = .writer) throws {
    folder = try TemporaryFolder()
    table = try JobTable(
      path: folder("csm.db"), role: role, writeLock: FileLock(path: folder("lock")))
  }

  /// Opens another connection to the same file.
  func another(_ role: JobTable.Role) throws -> JobTable {
    try JobTable(path: folder("csm.db"), role: role, writeLock: FileLock(path: folder("lock")))
  }

  // MARK: Adding

  /// Adds lines as from a file, and returns the summary.
  @discardableResult
  func add(
    _ lines: [NewLine], batch: String = "night", priority: Int = 0,
    file: String = "night.txt", isDryRun: Bool = false, isStrict: Bool = false,
    isPruning: Bool = false, budget: Money? = nil, rerolls: Int? = nil,
    reading: Addition.Reading = .whole, at now: Timestamp = start
  ) throws -> AdditionSummary {
    var addition = Addition(
      batch: batch, endpoint: Self.endpoint, priority: priority, sourceFile: file,
      isDryRun: isDryRun, isStrict: isStrict, isPruning: isPruning, budget: budget,
      price: Sample.price)
    addition.rerolls = rerolls
    return try table.add(addition, at: now) { stage in
      for line in lines { try stage(line) }
      return reading
    }
  }

  /// Adds one line for each text, numbered from 1.
  @discardableResult
  func add(
    _ texts: [String], batch: String = "night", take: Int = 1, priority: Int = 0,
    budget: Money? = nil, at now: Timestamp = start
  ) throws -> AdditionSummary {
    let lines = texts.enumerated().map { NewLine($0.element, number: $0.offset + 1, take: take) }
    return try add(lines, batch: batch, priority: priority, budget: budget, at: now)
  }

  /// Gives a line other words, as a person does.
  @discardableResult
  func edit(_ id: String, _ text: String) throws -> JobTable.Edit {
    var selection = Selection()
    selection.ids = [id]
    return try table.edit(selection, at: Self.start) { old, _ in
      var request = old
      request.scene[0].text = text
      return .init(request: request, key: .of(request), text: nil)
    }
  }

  // MARK: Looking at rows

  /// The first column of all rows.
  func column<Value: DatabaseValueConvertible>(
    _ sql: String, _ arguments: StatementArguments = []
  ) throws -> [Value] {
    try table.read { try Value.fetchAll($0, sql: sql, arguments: arguments) }
  }

  /// The single number that a query returns.
  func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
    try #require(try table.read { try Int.fetchOne($0, sql: sql, arguments: arguments) })
  }

  /// All rows of a table as text, for comparison.
  func dump(_ name: String) throws -> [String] {
    try table.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM \(name) ORDER BY 1, 2").map(\.description)
    }
  }

  /// All rows of all tables.
  func dump() throws -> [String] {
    try [
      "job", "job_need", "submission", "object", "transition", "batch", "batch_item", "gate",
      "gate_closing",
      "voice",
      "upload",
    ].flatMap(dump)
  }

  func row(_ id: Job.ID) throws -> Row {
    try #require(
      try table.read {
        try Row.fetchOne($0, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
      })
  }

  func job(_ id: Job.ID) throws -> Job { try Job(row: try row(id)) }

  func state(_ id: Job.ID) throws -> String { try row(id)["state"] }

  /// Writes straight into the file, as another program might.
  func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
    try table.write { try $0.execute(sql: sql, arguments: arguments) }
  }

  /// The lines that match a selection.
  func lines(_ change: (inout Selection) -> Void = { _ in }) throws -> [LineRow] {
    var selection = Selection()
    change(&selection)
    var rows: [LineRow] = []
    try table.lines(selection, in: .added, limit: nil) { rows.append($0) }
    #expect(try table.count(selection) == rows.count)
    return rows
  }
}

extension AdditionSummary {
  /// The figures that most tests check.
  var main: AdditionSummary {
    AdditionSummary(
      lines: lines, queued: queued, characters: characters, unchanged: unchanged,
      changed: changed, shared: shared)
  }
}

extension NewLine {
  /// A line with one turn, as from a plain text file.
  init(
    _ text: String, number: Int, id: String? = nil, author: String? = nil, meta: String? = nil,
    take: Int = 1, suffix: String = ""
  ) {
    let request = SpeechRequest(scene: [.init(text: text, speakerID: 0)])
    self.init(
      request: request, key: .of(request, take: take), id: id, text: author, meta: meta,
      number: number, suffix: suffix, take: take)
  }
}

extension Digest {
  /// 32 bytes that identify a request, like a job's key.
  static func of(_ request: SpeechRequest, take: Int = 1) -> Digest {
    of(request.identity(endpoint: Bench.endpoint, take: take))
  }

  /// A digest of bytes for tests: four runs of FNV-1a with different seeds.
  static func of(_ bytes: some Sequence<UInt8>) -> Digest {
    var lanes = SIMD4<UInt64>(0xcbf2_9ce4_8422_2325, 1, 2, 3)
    for byte in bytes {
      lanes = (lanes ^ SIMD4(repeating: UInt64(byte))) &* SIMD4(repeating: 0x100_0000_01b3)
      lanes ^= lanes &>> 29
    }
    return Digest(unsafeBitCast(lanes, to: SIMD32<UInt8>.self))
  }
}

extension LineOrder {
  /// The newest line first.
  static let newest = LineOrder(.added, isReversed: true)
}
