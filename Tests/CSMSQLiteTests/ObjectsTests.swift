import Foundation
import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Objects and backups")
struct ObjectsTests {
  let bench: Bench
  let now = Bench.start + .seconds(60)

  init() throws { bench = try Bench() }

  @Test("every object is in exactly one shard")
  func shards() throws {
    let texts = (1...50).map { "text \($0)" }
    try bench.add(texts)
    for id in 1...50 { try bench.bring(Job.ID(id), to: .stored) }
    // The lowest and the highest possible digest.
    for byte in [UInt8.min, .max] {
      try bench.execute(
        "INSERT INTO object (digest, bytes, media_type, created_at) VALUES (?, 1, 'wav', 0)",
        [Data(repeating: byte, count: 32)])
    }
    var digests: [String] = []
    for shard in UInt8.min...UInt8.max {
      let objects = try bench.table.objects(shard: shard)
      #expect(objects.allSatisfy { $0.digest.hex.hasPrefix(String(format: "%02x", shard)) })
      digests += objects.map(\.digest.hex)
    }
    #expect(digests.count == 52)
    #expect(digests == digests.sorted())
    let plan = try bench.table.read { db in
      try Row.fetchAll(
        db,
        sql: """
          EXPLAIN QUERY PLAN
          SELECT digest, bytes FROM object WHERE digest >= x'01' AND digest < x'02' ORDER BY digest
          """
      ).map { $0["detail"] as String }
    }
    #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
  }

  @Test("a lost object is forgotten, and its jobs are held with their requests")
  func lost() throws {
    try bench.add(["a", "b", "c"])
    for id: Job.ID in [1, 2] {
      let job = try bench.bring(id, to: .completed)
      try bench.commit([job.stored(Sample.audio("same"))])
    }
    try bench.bring(3, to: .stored)
    let digest = Sample.audio("same").digest
    #expect(try bench.table.forget(digest, reason: "gone", at: now) { true } == 0)
    #expect(try bench.state(1) == "STORED")
    #expect(try bench.table.forget(digest, reason: "gone", at: now) { false } == 2)
    #expect(try bench.state(1) == "HELD" && bench.state(2) == "HELD" && bench.state(3) == "STORED")
    #expect(try bench.row(1)["request_id"] == "request-1")
    #expect(try bench.row(1)["error"] == "gone")
    #expect(try bench.number("SELECT count(*) FROM object") == 1)
    #expect(try bench.table.history(of: 1).last?.cause == JobTable.lostAudio)
    #expect(try bench.table.withoutWriters { try $0(digest) } == false)
    #expect(try bench.table.withoutWriters { try $0(.of(Array("request-3".utf8))) })
  }

  @Test("a clip is kept for lines added with it, even if its voice has no name any more")
  func clip() throws {
    let voice = Sample.voice("anna")
    _ = try bench.table.add(voice, clip: Sample.audio("anna"), at: now)
    let request = SpeechRequest(
      scene: [SpeechRequest.Turn(text: "Hello.", speakerID: 0)], context: [voice.context(as: 0)])
    try bench.add([
      NewLine(request: request, key: .of(request), id: nil, text: nil, meta: nil, number: 1)
    ])
    #expect(try bench.table.removeVoice(named: "anna"))
    #expect(try bench.table.forget(voice.clip, reason: "gone", at: now) { false } == 0)
    #expect(try bench.table.withoutWriters { try $0(voice.clip) })
    // When no line wants it either, it is not missed.
    try bench.execute("DELETE FROM batch_item; DELETE FROM job")
    #expect(try bench.table.forget(voice.clip, reason: "gone", at: now) { false } == 0)
    #expect(try bench.table.withoutWriters { try $0(voice.clip) } == false)
  }

  @Test(
    "retry of lost audio asks the same request for its result, at no cost")
  func retry() throws {
    try bench.add(["a"])
    try bench.bring(1, to: .stored)
    let spent = try bench.table.spent(since: Bench.start)
    _ = try bench.table.forget(
      .of(Array("request-1".utf8)), reason: "gone", at: now
    ) { false }
    #expect(try bench.table.retry(Selection(), at: now).moved == 1)
    let job = try bench.job(1)
    #expect(job.state == .inQueue(Sample.ticket("request-1")))
    #expect(job.generation == 1 && job.attempts == 0)
    #expect(try bench.table.control(at: now).retried == [job])
    #expect(try bench.number("SELECT count(*) FROM submission") == 1)
    #expect(try bench.table.spent(since: Bench.start) == spent)
    // It can be stored again under the same digest.
    let finished = job.finished(
      Sample.ticket("request-1"), result: Sample.result, units: nil, price: Sample.price)
    #expect(try bench.commit([finished], at: now) == [])
    #expect(try bench.commit([finished.after.stored(Sample.audio("request-1"))], at: now) == [])
    #expect(try bench.state(1) == "STORED")
  }

  @Test("a backup is complete, needs no write lock, and is paused")
  func backup() throws {
    try bench.add(["a", "b"])
    try bench.bring(1, to: .stored)
    let lock = FileLock(path: bench.folder("lock"))
    let reader = try JobTable(reading: bench.folder("csm.db"))
    let copy = try lock.withLock {
      // A backup does not wait for the lock.
      try reader.backUp(to: bench.folder("copy.db"), at: now)
    }
    // Later changes are not in it.
    try bench.add(["c"], batch: "later")
    #expect(try copy.jobCounts() == [.queued: 1, .stored: 1])
    #expect(try copy.control(at: now).gates.map(\.name) == [.paused])
    try copy.close()
    #expect(!FileManager.default.fileExists(atPath: bench.folder("copy.db-wal")))
    let restored = try JobTable(
      path: bench.folder("copy.db"), role: .daemon, writeLock: lock)
    #expect(try restored.integrityComplaints() == nil)
    #expect(try restored.control(at: now).gates.first?.reason.contains("paid for again") == true)
    #expect(try bench.table.control(at: now).gates == [])
    #expect(try bench.table.jobCounts() == [.queued: 2, .stored: 1])
  }

  @Test("a backup shows one moment, whatever is written meanwhile")
  func moment() async throws {
    try bench.add((1...2000).map { "text \($0)" })
    let table = bench.table
    let writing = Task.detached {
      var id: Job.ID = 1
      while !Task.isCancelled, id <= 2000 {
        // Two gates that close and open together: a copy must have both or neither.
        let gate = Gate(name: .auth, reason: "\(id)", since: Bench.start, probeAt: nil)
        let other = Gate(name: .balance, reason: "\(id)", since: Bench.start, probeAt: nil)
        _ = try table.commit(
          .init(moves: [], gates: [.auth: gate, .balance: other]), at: Bench.start)
        id += 1
      }
    }
    let reader = try JobTable(reading: bench.folder("csm.db"))
    for round in 0..<5 {
      let copy = try reader.backUp(to: bench.folder("copy\(round).db"), at: now)
      let reasons = try copy.control(at: now).gates.filter { $0.name != .paused }.map(\.reason)
      #expect(Set(reasons).count <= 1, "\(reasons)")
      try copy.close()
    }
    writing.cancel()
    try await writing.value
  }
}
