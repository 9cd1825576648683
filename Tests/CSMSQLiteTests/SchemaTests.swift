import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("The schema")
struct SchemaTests {
  /// A change that makes a row in some state impossible.
  struct Impossible: Sendable, CustomTestStringConvertible {
    let state: JobState.Name
    let change: String
    var testDescription: String { "\(state.rawValue): \(change)" }

    init(_ state: JobState.Name, _ change: String) {
      self.state = state
      self.change = change
    }
  }

  @Test(
    "refuses an impossible job",
    arguments: [
      Impossible(.queued, "wake_at = NULL"),
      Impossible(.queued, "state = 'WAITING'"),
      Impossible(.queued, "key = x'00'"),
      Impossible(.queued, "key = NULL"),
      Impossible(.queued, "take = 0"),
      Impossible(.queued, "chars = -1"),
      Impossible(.queued, "generation = -1"),
      Impossible(.queued, "submits = -1"),
      Impossible(.queued, "attempts = -1"),
      Impossible(.queued, "deferrals = -1"),
      Impossible(.queued, "cancel_wanted = 2"),
      Impossible(.queued, "wake_at = 'soon'"),
      Impossible(.queued, "intent_at = 1"),
      Impossible(.queued, "unknown_since = 1"),
      Impossible(.queued, "request_id = 'r', accepted_at = 1"),
      Impossible(.queued, "status_url = 'https://queue.fal.run/r'"),
      Impossible(.queued, "finished_at = 1"),
      Impossible(.queued, "result = '{}'"),
      Impossible(.queued, "waits_for = 'godot'"),
      Impossible(.queued, "waits_for = 'turns'"),
      Impossible(.queued, "state = 'SUBMITTING'"),
      Impossible(.queued, "state = 'SUBMITTING', wake_at = NULL"),
      Impossible(.submitting, "waits_for = 'budget'"),
      Impossible(.submitting, "intent_at = NULL"),
      Impossible(.submitting, "wake_at = 1"),
      Impossible(.submitting, "unknown_since = 1"),
      Impossible(.submitting, "request_id = 'r', accepted_at = 1"),
      Impossible(.submitting, "state = 'IN_QUEUE', intent_at = NULL"),
      Impossible(.submitting, "state = 'UNKNOWN'"),
      Impossible(.unknown, "unknown_since = NULL"),
      Impossible(.unknown, "intent_at = NULL"),
      Impossible(.unknown, "request_id = 'r', accepted_at = 1"),
      Impossible(.inQueue, "request_id = NULL"),
      Impossible(.inQueue, "request_id = NULL, accepted_at = NULL"),
      Impossible(.inQueue, "accepted_at = NULL"),
      Impossible(.inQueue, "result = '{}'"),
      Impossible(.inQueue, "state = 'COMPLETED'"),
      Impossible(.inQueue, "digest = zeroblob(32)"),
      Impossible(.inProgress, "request_id = NULL, accepted_at = NULL"),
      Impossible(.inProgress, "finished_at = 1"),
      Impossible(.completed, "result = NULL"),
      Impossible(
        .completed, "request_id = NULL, accepted_at = NULL, status_url = NULL, response_url = NULL"),
      Impossible(.completed, "state = 'STORED', result = NULL, finished_at = 1"),
      Impossible(.completed, "state = 'FAILED', finished_at = 1"),
      Impossible(.stored, "waits_for = 'turns', template = '{}'"),
      Impossible(.stored, "digest = NULL"),
      Impossible(.stored, "digest = zeroblob(32)"),
      Impossible(.stored, "finished_at = NULL"),
      Impossible(.stored, "result = '{}'"),
      Impossible(
        .stored, "request_id = NULL, accepted_at = NULL, status_url = NULL, response_url = NULL"),
      Impossible(.failed, "finished_at = NULL"),
      Impossible(.failed, "result = '{}'"),
      Impossible(.failed, "error_class = NULL"),
      Impossible(.cancelled, "finished_at = NULL"),
      Impossible(.cancelled, "state = 'QUEUED', finished_at = NULL"),
      Impossible(.held, "waits_for = 'budget'"),
      Impossible(.held, "finished_at = NULL"),
      Impossible(.held, "result = '{}'"),
      Impossible(.held, "error = NULL"),
    ])
  func job(_ impossible: Impossible) throws {
    let bench = try Bench()
    try bench.add(["one"])
    try bench.bring(1, to: impossible.state)
    let before = try bench.dump()
    let refused = #expect(throws: TableError.self) {
      try bench.execute("UPDATE job SET \(impossible.change) WHERE id = 1")
    }
    #expect(refused.map { "\($0)" }?.contains("constraint") == true)
    #expect(try bench.dump() == before)
  }

  @Test(
    "refuses an impossible row",
    arguments: [
      "INSERT INTO job SELECT * FROM job",
      "INSERT INTO submission (job_id, generation, intent_at, cost) VALUES (99, 1, 0, 0)",
      "INSERT INTO submission (job_id, generation, intent_at, cost) VALUES (1, 2, 0, -1)",
      "INSERT INTO submission (job_id, generation, intent_at, cost) VALUES (1, 1, 0, 0)",
      "INSERT INTO submission VALUES (2, 1, 0, 'request-1', 0, 0)",
      "UPDATE submission SET cost = 'much'",
      "UPDATE submission SET is_settled = 2",
      "INSERT INTO object (digest, bytes, media_type, created_at) VALUES (x'00', 1, 'wav', 0)",
      "INSERT INTO object (digest, bytes, media_type, created_at) VALUES (zeroblob(32), 0, 'wav', 0)",
      "INSERT INTO batch (name, created_at) VALUES ('', 0)",
      "INSERT INTO batch (name, created_at) VALUES ('night', 0)",
      "UPDATE batch_item SET line = 'L1'",
      "UPDATE batch_item SET job_id = 99",
      "UPDATE batch_item SET is_numbered = 2",
      "UPDATE batch_item SET turn = 0",
      "UPDATE batch_item SET batch_id = 99",
      "UPDATE batch_item SET former = 'lost'",
      "UPDATE batch_item SET key = x'00'",
      "UPDATE batch_item SET is_edited = 2",
      "UPDATE batch SET budget = -1, spent = 0",
      "UPDATE batch SET budget = 5",
      "UPDATE batch SET spent = 5",
      "UPDATE batch SET exhausted_at = 5, next_cost = 5",
      "UPDATE batch SET budget = 5, spent = 0, exhausted_at = 5",
      "UPDATE batch SET budget = 5, spent = 0, next_cost = 5",
      "DELETE FROM job",
      "DELETE FROM batch",
      "INSERT INTO gate VALUES ('door', '', 0, NULL, 0)",
      "INSERT INTO gate VALUES ('auth', NULL, 0, NULL, 0)",
      "INSERT INTO voice VALUES ('', zeroblob(32), 'words', NULL, 0)",
      "INSERT INTO voice VALUES ('anna', x'00', 'words', NULL, 0)",
      "INSERT INTO voice VALUES ('anna', zeroblob(32), 'words', NULL, 0)",
      "INSERT INTO voice SELECT 'anna', digest, '', NULL, 0 FROM object",
      "INSERT INTO voice SELECT 'BEN', digest, 'words', NULL, 0 FROM object",
      "INSERT INTO upload SELECT 'https://fal.media/a', digest, 1, 1, NULL FROM object",
      "INSERT INTO upload VALUES ('https://fal.media/a', zeroblob(32), 0, 1, NULL)",
      "INSERT INTO job_need VALUES (1, 0, 99)",
      "INSERT INTO job_need VALUES (99, 0, 1)",
      "INSERT INTO job_need VALUES (1, 0, 1)",
      "INSERT INTO job_need VALUES (1, -1, 2)",
    ])
  func other(_ sql: String) throws {
    let bench = try Bench()
    try bench.add(["one", "two"])
    try bench.bring(1, to: .inQueue)
    _ = try bench.table.add(Sample.voice("ben"), clip: Sample.audio("ben"), at: Bench.start)
    let before = try bench.dump()
    let refused = #expect(throws: TableError.self) { try bench.execute(sql) }
    #expect(refused.map { "\($0)" }?.contains("constraint") == true)
    #expect(try bench.dump() == before)
  }

  @Test("never reuses the numbers of deleted jobs")
  func numbers() throws {
    let bench = try Bench()
    try bench.add(["one"])
    try bench.add(["eins"])
    try bench.add(["uno"])
    #expect(try bench.lines().map(\.id) == [3])
  }

  @Test("lines and jobs of an older version are unchanged after a migration")
  func older() throws {
    let folder = try TemporaryFolder()
    let queue = try DatabaseQueue(path: folder("csm.db"))
    try Migrations.migrator.migrate(queue, upTo: "0002_add_voice")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO job (key, endpoint, input, take, chars, wake_at, created_at, updated_at)
          VALUES (?, 'e', '{"scene":[{"speaker_id":0,"text":"one"}]}', 1, 3, 5, 5, 5)
          """, arguments: [Digest.of(Array("one".utf8)).data])
      try db.execute(
        sql: """
          INSERT INTO submission (job_id, generation, intent_at, cost) VALUES (1, 1, 5, 90);
          INSERT INTO batch (name, created_at) VALUES ('night', 5);
          INSERT INTO job (key, endpoint, input, take, chars, wake_at, created_at, updated_at)
          SELECT zeroblob(32), endpoint, input, take, chars, wake_at, created_at, updated_at FROM job;
          DELETE FROM job WHERE id = 2;
          INSERT INTO batch_item (
            id, batch_id, line, is_numbered, job_id, text, source_file, source_line, meta, speaker,
            voice, scene, turn, created_at)
          VALUES (7, 1, 'L1', 1, 1, 'One', 'a.txt', 3, '{}', 'Anna', 'anna', 's', 2, 5);
          """)
    }
    try queue.close()
    let table = try JobTable(
      path: folder("csm.db"), role: .daemon, writeLock: FileLock(path: folder("lock")))
    var lines: [LineRow] = []
    try table.lines(Selection(), in: .added, limit: nil) { lines.append($0) }
    let line = try #require(lines.first)
    #expect(lines.count == 1 && line.text == "One" && line.sent == "one" && line.former == nil)
    #expect(line.sourceLine == 3 && line.meta == "{}" && line.takes == 1)
    let row = try table.read { try Row.fetchOne($0, sql: "SELECT * FROM batch_item") }
    #expect(row?["id"] == 7 && row?["turn"] == 2 && row?["voice"] == "anna")
    #expect(row?["key"] == Digest.of(Array("one".utf8)).data)
    #expect(try table.setBudget(of: "night", to: Money(microDollars: 100)))
    #expect(try table.budgets().map(\.spent) == [Money(microDollars: 90)])
    #expect(try table.integrityComplaints() == nil)
    let next = try table.read {
      try Int.fetchOne($0, sql: "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'job'")
    }
    #expect(next == 3, "the number of a job that is gone is used again")
  }

  @Test("no statement that moves a job builds a temporary table")
  func inPlace() throws {
    let bench = try Bench()
    let steps = try bench.table.read { db in
      try Row.fetchAll(
        db,
        sql:
          "EXPLAIN UPDATE job SET state = 'SUBMITTING', wake_at = NULL, intent_at = 1 WHERE id = 1"
      )
    }
    #expect(steps.count > 100)
    #expect(!steps.contains { $0["opcode"] == "OpenEphemeral" })
  }
}
