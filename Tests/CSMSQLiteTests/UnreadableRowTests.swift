import GRDB
import Logging
import Synchronization
import Testing

@testable import CSMCore
@testable import CSMDaemon
@testable import CSMFiles
@testable import CSMSQLite

/// The whole group may write to the table, so its rows are untrusted.
@Suite("Rows with values that csm never writes")
struct UnreadableRowTests {
  /// A row made unreadable by one column: brought into a state first, then overwritten.
  struct Spoilt: Sendable, CustomTestStringConvertible {
    let column: String
    let value: String
    var state = JobState.Name.inQueue
    var testDescription: String { "\(column) = \(value.prefix(60)) in \(state.rawValue)" }
  }

  static let spoilt: [Spoilt] = [
    Spoilt(column: "endpoint", value: "'../../v1/keys?x='", state: .queued),
    Spoilt(column: "endpoint", value: "'../../v1/keys?x='"),
    Spoilt(column: "endpoint", value: "'fal-ai/csm-1b/../../v1/keys'"),
    Spoilt(column: "endpoint", value: "'fal-ai/csm-1b?x='"),
    Spoilt(column: "endpoint", value: "'fal-ai'", state: .queued),
    Spoilt(column: "endpoint", value: "''", state: .completed),
    Spoilt(column: "endpoint", value: "'fal-ai/csm 1b'", state: .unknown),
    Spoilt(column: "request_id", value: "'../../v1/keys?x='"),
    Spoilt(column: "request_id", value: "'../../v1/keys?x='", state: .completed),
    Spoilt(column: "request_id", value: "''", state: .inProgress),
    Spoilt(column: "request_id", value: "'a' || char(10) || 'X: y'"),
    Spoilt(column: "input", value: "'{}'", state: .queued),
    Spoilt(column: "input", value: "'{'", state: .submitting),
    Spoilt(column: "input", value: "'[{\"scene\": [\"a\"]}]'", state: .unknown),
    Spoilt(column: "generation", value: "9223372036854775807", state: .queued),
    Spoilt(column: "generation", value: "9223372036854775807"),
    Spoilt(column: "generation", value: "0", state: .unknown),
    Spoilt(column: "submits", value: "9223372036854775807", state: .queued),
    Spoilt(column: "submits", value: "0", state: .submitting),
    Spoilt(column: "attempts", value: "9223372036854775807", state: .unknown),
    Spoilt(column: "deferrals", value: "9223372036854775807", state: .queued),
    Spoilt(column: "take", value: "9223372036854775807", state: .queued),
    Spoilt(column: "wake_at", value: "-9223372036854775808", state: .queued),
    Spoilt(column: "intent_at", value: "-9223372036854775808", state: .submitting),
    Spoilt(column: "intent_at", value: "9223372036854775807", state: .unknown),
    Spoilt(column: "accepted_at", value: "-9223372036854775808"),
    Spoilt(column: "result", value: overlong, state: .completed),
    Spoilt(column: "input", value: overlong, state: .queued),
  ]
  static let overlong = "CAST(zeroblob(40 << 20) AS TEXT)"

  @Test("are HELD one by one, say what to do, and stop nobody", arguments: spoilt)
  func held(_ spoilt: Spoilt) throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["bad", "good", "better"])
    try bench.bring(1, to: spoilt.state)
    try bench.bring(2, to: .inQueue)
    // Not on the daemon's own connection, which refuses overlong values.
    try bench.another(.writer).write { db in
      try db.execute(sql: "UPDATE job SET \(spoilt.column) = \(spoilt.value) WHERE id = 1")
    }
    var night = try Night(bench)
    let done = try night.go()
    #expect(try bench.state(1) == "HELD")
    let line = try #require(try bench.lines().first)
    #expect(line.errorClass == "unreadable_row")
    #expect(line.error?.contains("column \(spoilt.column) ") == true)
    #expect(line.error?.contains("csm-enqueue retry --job 1") == true)
    #expect(try bench.table.history(of: 1).last?.errorClass == "unreadable_row")
    // The good rows go on, nothing is done about the bad one, and it is logged once.
    #expect(done == ["IN_QUEUE 2", "SUBMITTING 3"])
    #expect(night.log.lines.count { $0.contains("unreadable_row") } == 1)
    #expect(night.log.lines.contains { $0.contains("unreadable_row") && $0.contains("error") })
    #expect(try night.go() == [])
    #expect(try bench.number("SELECT count(*) FROM submission WHERE job_id = 1") <= 1)
  }

  @Test("retry of one that may be at fal looks there first, and pays nothing by itself")
  func retried() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["lost", "waiting", "found"])
    for (id, state) in [(1, JobState.Name.unknown), (3, .inProgress)] {
      try bench.bring(Int64(id), to: state)
    }
    try bench.execute("UPDATE job SET endpoint = 'fal-ai' WHERE id <> 4")
    _ = try Night(bench, rounds: 2)
    #expect(try (1...3).map { try bench.state($0) } == ["HELD", "HELD", "HELD"])
    try bench.execute("UPDATE job SET endpoint = 'fal-ai/csm-1b'")
    var all = Selection()
    all.states = [.held]
    #expect(try bench.table.retry(all, at: Bench.start).moved == 3)
    #expect(try (1...3).map { try bench.state($0) } == ["UNKNOWN", "QUEUED", "IN_QUEUE"])
    #expect(try bench.number("SELECT count(*) FROM submission") == 2)
  }

  @Test("retry and cancel reach all other lines, whatever is in a row")
  func decided() throws {
    let bench = try Bench()
    try bench.add(["a", "b", "c"])
    for id in 1...3 { try bench.bring(Int64(id), to: .held) }
    try bench.execute(
      """
      UPDATE job SET generation = 9223372036854775807, error_class = 'unreadable_row' WHERE id = 1;
      DELETE FROM submission WHERE job_id < 3
      """)
    var all = Selection()
    all.states = [.held]
    #expect(try bench.table.retry(all, at: Bench.start).moved == 3)
    #expect(try (1...3).map { try bench.state($0) } == ["QUEUED", "UNKNOWN", "UNKNOWN"])
  }

  @Test("a turn with an unreadable template is HELD, but not the turns it waited for")
  func template() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["first", "second"])
    try bench.execute(
      """
      UPDATE job SET waits_for = 'turns', template = '[' WHERE id = 2;
      INSERT INTO job_need (job_id, ordinal, needs_id) VALUES (2, 0, 1)
      """)
    try bench.bring(1, to: .failed)
    _ = try Night(bench, rounds: 2)
    #expect(try bench.state(1) == "FAILED")
    #expect(try bench.state(2) == "HELD")
    #expect(try bench.lines().last?.error?.contains("column input ") == true)
  }

  @Test("overflowing sums of money stop no round and no command")
  func money() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["a", "b", "c"], budget: Money(microDollars: .max))
    for id in 1...2 { try bench.bring(Int64(id), to: .inQueue) }
    try bench.execute(
      """
      UPDATE batch SET budget = NULL, spent = NULL;
      UPDATE submission SET cost = 9223372036854775807;
      UPDATE batch
      SET budget = 9223372036854775807, spent = 9223372036854775807, exhausted_at = 1,
        next_cost = 9223372036854775807;
      UPDATE job SET chars = 9223372036854775807 WHERE id = 2
      """)
    var night = try Night(bench)
    #expect(try night.go().contains("SUBMITTING 3"))
    #expect(try bench.table.spent(since: Bench.start).microDollars > 0)
    try Self.readAll(bench.table)
  }

  @Test(
    "random values in random columns: no read throws, and good rows are still claimed",
    arguments: (0..<8).map { _ in UInt64.random(in: 0...(.max)) })
  func random(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bench = try Bench(role: .daemon)
    let names: [JobState.Name] = [.queued, .submitting, .unknown, .inQueue, .completed, .held]
    try bench.add(names.map(\.rawValue) + ["good", "better", "best"])
    for (index, name) in names.enumerated() { try bench.bring(Int64(index + 1), to: name) }
    let spoilt = Comment(rawValue: "seed \(seed)")
    for _ in 0..<10 {
      let id = Int.random(in: 1...names.count, using: &generator)
      try Garbage.write(into: "job", where: "id = \(id)", bench, &generator)
      try Garbage.write(into: "submission", where: "true", bench, &generator)
    }
    var night = try Night(bench)
    let done = try night.go()
    for id in 7...9 { #expect(done.contains("SUBMITTING \(id)"), spoilt) }
    try Self.readAll(bench.table)
    let tables = ["job", "submission", "gate", "batch", "batch_item", "upload", "account", "life"]
    _ = try bench.table.pause(reason: "dinner", at: Bench.start)
    for table in tables + ["transition", "object", "voice", "tally", "total"] {
      for _ in 0..<3 { try Garbage.write(into: table, where: "true", bench, &generator) }
    }
    var next = try Night(bench)
    _ = try next.go()
    try Self.readAll(bench.table)
  }

  /// Reads everything that `list`, `show`, `status`, `cost` and `export` read.
  private static func readAll(_ table: JobTable) throws {
    for batch in [nil, "night"] {
      _ = try table.standing(batch: batch, lately: Bench.start, price: Sample.price)
      _ = try table.budgets(batch: batch)
    }
    for grouping in [nil] + JobTable.CostGrouping.allCases.map(Optional.some) {
      _ = try table.costs(by: grouping, price: Sample.price)
    }
    for age in [Selection.Age.current, .withTakes, .former, .any] {
      var selection = Selection()
      selection.age = age
      selection.text = "o"
      _ = try table.count(selection)
      selection.text = nil
      try table.lines(selection, in: .newest, limit: nil) { line in
        _ = (line.createdAt.rfc3339, line.updatedAt.rfc3339, line.finishedAt?.rfc3339)
        _ = (try table.history(of: line.id), try table.takes(of: line))
      }
    }
    _ = (try table.read(JobTable.account), try table.gates(), try table.voiceRows(at: Bench.start))
    _ = (try table.jobCounts(), try table.waitingJobs(), try table.endedBadly())
  }
}

/// Some rounds of a starting daemon, in which nothing is answered.
private struct Night {
  private var round: Round
  let log = Memory()
  private var now = Bench.start

  /// Keeps the log.
  final class Memory: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock(\.self) }

    func keep(_ line: String) { kept.withLock { $0.append(line) } }
  }

  private struct Handler: LogHandler {
    let memory: Memory
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      memory.keep("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
  }

  /// - Parameter rounds: rounds to run immediately.
  init(_ bench: Bench, rounds: Int = 0) throws {
    let log = log
    round = Round(
      dispatcher: Dispatcher(rules: .init(price: Sample.price), limits: .init(), seed: 1),
      table: bench.table, log: EventLog(Logger(label: "csmd") { _ in Handler(memory: log) }))
    try round.recover(in: bench)
    for _ in 0..<rounds { _ = try round.act(at: now, offset: { _ in .zero }) }
  }

  /// The jobs for which some rounds begin a step, with their states, such as `SUBMITTING 3`.
  mutating func go() throws -> [String] {
    var steps: [String] = []
    for _ in 0..<10 {
      try round.look(at: now)
      for case .step(_, let job) in try round.act(at: now, offset: { _ in .zero }) {
        steps.append("\(job.state.name.rawValue) \(job.id)")
      }
      now = now + .seconds(120)
    }
    return steps.sorted()
  }
}

extension Round {
  fileprivate mutating func recover(in bench: Bench) throws {
    let folder = bench.folder.path
    try AudioStore(root: folder).prepare()
    _ = try recover(
      marksIn: SentMarksPlace(folders: [folder], prefix: "marks"), in: folder, at: Bench.start)
  }
}

/// Values that another program might write.
private enum Garbage {
  private static let values = [
    "-9223372036854775808", "9223372036854775807", "-1", "0", "1", "2147483648", "1e308", "-1e308",
    "9e999", "0.5", "NULL", "''", "'x'", "'../../v1/keys?x='", "'a' || char(0) || 'b'",
    "CAST(x'ff00fe' AS TEXT)", "x'00'", "zeroblob(32)", "'{'", "'[]'", "'{\"scene\": [\"a\"]}'",
    "'{\"scene\": [1, null, {\"text\": [1], \"speaker_id\": \"x\"}]}'",
    "'{\"scene\": {\"a\": 1}}'",
    "'{\"scene\": [{\"text\": \"a\", \"speaker_id\": 99999999999999999999}]}'",
    "printf('%.*c', 100000, 'x')", "'QUEUED'", "'COMPLETED'", "'HELD'", "'NOWHERE'",
    "'lost_submit'",
  ]

  /// Writes a value into a column despite the checks; values that SQLite itself refuses are skipped.
  static func write(
    into table: String, where rows: String, _ bench: Bench, _ generator: inout SeededGenerator
  ) throws {
    let columns: [String] = try bench.column(
      "SELECT name FROM pragma_table_info(?) WHERE pk = 0", [table])
    let (column, value) = (
      columns.randomElement(using: &generator), values.randomElement(using: &generator)
    )
    guard let column, let value else { return }
    try bench.table.queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
      try? db.execute(
        sql: """
          UPDATE \(table) SET \(column) = \(value)
          WHERE \(rows)
          """)
      try db.execute(sql: "PRAGMA ignore_check_constraints = OFF; PRAGMA foreign_keys = ON")
    }
  }
}
