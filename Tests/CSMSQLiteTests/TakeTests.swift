import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Which take a line shows")
struct TakeTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
    try bench.add([NewLine("one", number: 1, id: "a")])
  }

  private func line() throws -> LineRow { try #require(try bench.lines().first) }

  private func former() throws -> [String] {
    try bench.lines { $0.age = .former }.map { "\($0.take) \($0.former?.rawValue ?? "")" }.sorted()
  }

  @Test("a new take is shown only once it is stored")
  func shownWhenStored() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll { $0.ids = ["a"] }
    for state in [JobState.Name.queued, .submitting, .inQueue, .completed] {
      if state != .queued { try bench.step(2, to: state) }
      let shown = try line()
      #expect(shown.id == 1 && shown.state == .stored && shown.takes == 2)
      #expect(try former() == ["2 candidate"])
    }
    try bench.step(2, to: .stored)
    #expect(try line().id == 2)
    #expect(try former() == ["1 retaken"])
  }

  @Test(
    "a take that fails, is held or cancelled changes nothing",
    arguments: [JobState.Name.failed, .held, .cancelled])
  func failure(_ end: JobState.Name) throws {
    try bench.bring(1, to: .stored)
    try bench.reroll { $0.ids = ["a"] }
    try bench.bring(2, to: end)
    #expect(try line().id == 1)
    #expect(try bench.lines { $0.states = [.stored] }.count == 1)
    // Another take can be queued.
    #expect(try bench.reroll { $0.ids = ["a"] }.lines == 1)
    let next = Job.ID(try bench.number("SELECT max(id) FROM job"))
    try bench.bring(next, to: .stored)
    #expect(try line().id == next && line().take == 3)
  }

  @Test(
    "of several stored takes the newest is shown, in whatever order they are stored",
    arguments: [
      [2, 3, 4], [4, 3, 2], [3, 4, 2], [3, 2],
    ])
  func order(_ jobs: [Job.ID]) throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 3) { $0.ids = ["a"] }
    for job in jobs { try bench.bring(job, to: .stored) }
    #expect(try line().id == jobs.max())
    #expect(try line().takes == 4)
  }

  @Test("a line without audio shows its newest take at once, and then any that is stored")
  func nothingDurable() throws {
    try bench.bring(1, to: .failed)
    try bench.reroll(takes: 2) { $0.ids = ["a"] }
    #expect(try line().id == 3)
    try bench.bring(2, to: .stored)
    #expect(try line().id == 2)
    #expect(try former() == ["1 retaken", "3 candidate"])
    try bench.bring(3, to: .stored)
    #expect(try line().id == 3)
  }

  @Test("takes older than a stored one are not shown unless they are better")
  func outdated() throws {
    try bench.bring(1, to: .failed)
    try bench.reroll(takes: 2) { $0.ids = ["a"] }
    try bench.bring(3, to: .stored)
    #expect(try former() == ["1 retaken", "2 retaken"])
    try bench.bring(2, to: .stored)
    #expect(try line().id == 3)
  }

  @Test("storing a take scans no table")
  func plans() throws {
    let hot = [ShownTake.silent, ShownTake.alternatives, ShownTake.outdate, NewTake.newestNumber]
    for sql in hot {
      let steps: [String] = try bench.table.queue.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: ["job": 1]).map {
          $0["detail"]
        }
      }
      #expect(!steps.isEmpty && !steps.contains { $0.hasPrefix("SCAN") }, "\(steps)")
      #expect(!steps.contains { $0.hasSuffix("(batch_id=?)") }, "reads a whole batch: \(steps)")
    }
  }

  @Test("cancelling new takes leaves every line as it was")
  func cancelAll() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 3) { $0.batch = "night" }
    var all = Selection()
    all.age = .withTakes
    #expect(try bench.table.cancel(all, at: Bench.start).moved == 3)
    #expect(try line().id == 1 && line().state == .stored)
  }

  @Test("a line is not rerolled while a new take is open")
  func open() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll { $0.ids = ["a"] }
    #expect(try bench.reroll { $0.ids = ["a"] }.open == 1)
  }

  @Test("a line of another batch begins with the take that was chosen of its words")
  func otherBatch() throws {
    func add(to batch: String) throws -> LineRow {
      let summary = try bench.add([NewLine("one", number: 1, id: "a")], batch: batch)
      #expect(summary.queued == 0 && summary.added == 1)
      return try #require(try bench.lines { $0.batch = batch }.first)
    }
    try bench.bring(1, to: .failed)
    try bench.reroll { $0.ids = ["a"] }
    #expect(try add(to: "open").id == 1)
    try bench.bring(2, to: .stored)
    #expect(try add(to: "day").id == 2)
    #expect(try bench.add([NewLine("one", number: 1, id: "a")], batch: "open").unchanged == 1)
    #expect(try bench.lines { $0.batch = "open" }.map(\.id) == [1])
  }

  @Test("other words replace all takes")
  func otherWords() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 2) { $0.ids = ["a"] }
    try bench.bring(2, to: .inQueue)
    try bench.add([NewLine("eins", number: 1, id: "a")])
    #expect(try former() == ["1 edited", "2 edited"])
    try bench.step(2, to: .completed)
    try bench.step(2, to: .stored)
    #expect(try line().text == "eins" && line().state == .queued)
  }

  // MARK: Picked

  private func pick(_ take: Int) throws -> JobTable.Picking {
    var selection = Selection()
    selection.ids = ["a"]
    return try bench.table.pick(selection, take: take, at: Bench.start)
  }

  @Test("a person can pick any stored take, and later takes do not replace it")
  func pick() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 3) { $0.ids = ["a"] }
    try bench.bring(2, to: .stored)
    #expect(try line().take == 2)
    #expect(try pick(3) == .init(selected: 1))
    #expect(try pick(1) == .init(selected: 1, picked: 1))
    #expect(try pick(1) == .init(selected: 1, unchanged: 1))
    for job in [3, 4] as [Job.ID] { try bench.bring(job, to: .stored) }
    #expect(try line().take == 1)
    #expect(try former() == ["2 retaken", "3 retaken", "4 retaken"])
    // Adding the unchanged file keeps the picked take, and a reroll can follow.
    #expect(try bench.add([NewLine("one", number: 1, id: "a")]).unchanged == 1)
    #expect(try line().take == 1)
    #expect(try pick(4).picked == 1)
    try bench.reroll { $0.ids = ["a"] }
    try bench.bring(Job.ID(try bench.number("SELECT max(id) FROM job")), to: .stored)
    #expect(try line().take == 4)
    #expect(try pick(5).picked == 1)
    #expect(try line().take == 5)
  }

  @Test("picked audio that got lost stays the line's, until a person wants new takes")
  func lostPick() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 2) { $0.ids = ["a"] }
    try bench.bring(2, to: .stored)
    #expect(try pick(1).picked == 1)
    let lost = Sample.audio("request-1").digest
    #expect(
      try bench.table.forget(lost, reason: "damaged", at: Bench.start, unless: { false }) == 1)
    try bench.bring(3, to: .stored)
    #expect(try line().take == 1 && line().isPinned)
    #expect(try bench.reroll { $0.ids = ["a"] }.pinned == 0)
    #expect(try line().take == 4 && !line().isPinned)
  }

  @Test("failed new takes are counted until there is a newer one")
  func endedBadly() throws {
    try bench.bring(1, to: .stored)
    try bench.reroll(takes: 2) { $0.ids = ["a"] }
    try bench.bring(2, to: .failed)
    func standing() throws -> JobTable.Standing {
      try bench.table.standing(batch: "night", lately: Bench.start)
    }
    #expect(try standing().takesEndedBadly == 1 && standing().formerOpen == 1)
    #expect(try bench.table.endedBadly() == (failed: 0, held: 0))
    try bench.bring(3, to: .stored)
    #expect(try standing().takesEndedBadly == 0)
  }

  @Test("a stored take that an older version replaced is shown again")
  func older() throws {
    let folder = try TemporaryFolder()
    let queue = try DatabaseQueue(path: folder("csm.db"))
    try Migrations.migrator.migrate(queue, upTo: "0008_look_again")
    try queue.write { db in
      let digest = Digest.of(Array("audio".utf8)).data
      try db.execute(
        sql:
          "INSERT INTO object (digest, bytes, media_type, created_at) VALUES (?, 1, 'audio/wav', 1)",
        arguments: [digest])
      for take in 1...4 {
        try db.execute(
          sql: """
            INSERT INTO job (
              key, endpoint, input, take, chars, state, wake_at, request_id, accepted_at, digest,
              created_at, updated_at, finished_at)
            VALUES (
              :key, 'e', '{"scene":[{"speaker_id":0,"text":"one"}]}', :take, 3,
              iif(:stored, 'STORED', 'QUEUED'), iif(:stored, NULL, 5), iif(:stored, 'r' || :take, NULL),
              iif(:stored, 5, NULL), iif(:stored, :digest, NULL), 5, 5, iif(:stored, 5, NULL))
            """,
          arguments: [
            "key": Digest.of([UInt8(take)]).data, "take": take, "stored": take <= 2,
            "digest": digest,
          ])
      }
      try db.execute(
        sql: """
          INSERT INTO batch (name, created_at) VALUES ('night', 5);
          INSERT INTO batch_item (
            batch_id, line, is_numbered, job_id, key, source_file, source_line, created_at, former)
          SELECT 1, 'a', 0, id, key, 'a.txt', 1, 5, iif(take = 4, NULL, 'retaken') FROM job;
          """)
    }
    try queue.close()
    let table = try JobTable(
      path: folder("csm.db"), role: .daemon, writeLock: FileLock(path: folder("lock")))
    var rows: [String] = []
    var all = Selection()
    all.age = .any
    try table.lines(all, in: .added, limit: nil) {
      rows.append("\($0.take) \($0.former?.rawValue ?? "-")")
    }
    #expect(rows.sorted() == ["1 retaken", "2 -", "3 candidate", "4 candidate"])
    #expect(try !table.isMiscounted())
    let standing = try table.standing(batch: "night", lately: Bench.start)
    #expect(standing.lines == [.stored: 1] && standing.waiting.due == 2)
  }
}
