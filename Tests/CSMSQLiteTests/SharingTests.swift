import CSMCore
import Dispatch
import Foundation
import GRDB
import Synchronization
import Testing

@testable import CSMSQLite

@Suite("Sharing the file")
struct SharingTests {
  /// A lock that counts how often it was taken.
  final class CountingLock: WriteLock {
    private let entries = Mutex(0)

    func withLock<Result>(_ body: () throws -> Result) throws -> Result {
      entries.withLock { $0 += 1 }
      return try body()
    }

    func count(_ body: () throws -> Void) rethrows -> Int {
      entries.withLock { $0 = 0 }
      try body()
      return entries.withLock(\.self)
    }
  }

  @Test("two writers, a daemon and a reader work together, and every addition is complete")
  func together() throws {
    let bench = try Bench(role: .daemon)
    let (rounds, size) = (30, 20)
    let failures = Mutex<[String]>([])
    let writing = Mutex(2)
    DispatchQueue.concurrentPerform(iterations: 4) { part in
      do {
        switch part {
        case 0, 1:
          defer { writing.withLock { $0 -= 1 } }
          for round in 1...rounds {
            let table = try bench.another(.writer)
            let addition = Addition(
              batch: "\(part)-\(round)", endpoint: Bench.endpoint, priority: 0,
              sourceFile: "f", isDryRun: false, isStrict: false)
            _ = try table.add(addition, at: Bench.start) { stage in
              for n in 1...size { try stage(NewLine("\(part) \(round) \(n)", number: n)) }
              return .whole
            }
            try table.close()
          }
        case 2:
          while writing.withLock({ $0 > 0 }) { try bench.table.checkpoint() }
        default:
          let reader = try bench.another(.reader)
          var last = 0
          while writing.withLock({ $0 > 0 }) {
            let standing = try reader.standing(batch: nil, lately: Bench.start)
            let count = standing.lines.values.reduce(0, +)
            if count % size != 0 || count < last { throw TableError.failed("saw \(count) lines") }
            last = count
          }
        }
      } catch {
        failures.withLock { $0.append("\(part): \(error)") }
      }
    }
    #expect(failures.withLock(\.self).isEmpty)
    #expect(try bench.number("SELECT count(*) FROM job") == 2 * rounds * size)
    #expect(try bench.table.integrityComplaints() == nil)
  }

  static let shell = "/usr/bin/sqlite3"

  @Test(
    "checkpoints lose no commit of this or another process",
    .enabled(if: FileManager.default.isExecutableFile(atPath: shell)))
  func processes() throws {
    let bench = try Bench(role: .daemon)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c",
      """
      for n in $(seq 40); do
        flock "$1" \(Self.shell) -cmd '.timeout 60000' -cmd 'PRAGMA wal_autocheckpoint = 0' "$2" \
          "INSERT INTO batch (name, created_at) VALUES ('other $n', 0)" || exit 1
      done
      """, "sh", bench.folder("lock"), bench.folder("csm.db"),
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var round = 0
    while process.isRunning {
      round += 1
      try bench.add(["text \(round)"], batch: "mine \(round)")
      try bench.table.checkpoint()
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try bench.number("SELECT count(*) FROM batch WHERE name LIKE 'other %'") == 40)
    #expect(try bench.number("SELECT count(*) FROM batch WHERE name LIKE 'mine %'") == round)
    #expect(try bench.table.integrityComplaints() == nil)
  }

  @Test("every write takes the lock once, and no read does")
  func locking() throws {
    let folder = try TemporaryFolder()
    let lock = CountingLock()
    let table = try JobTable(path: folder("csm.db"), role: .daemon, writeLock: lock)
    let bench = Addition(
      batch: "b", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
      isDryRun: false, isStrict: false)
    let now = Bench.start
    let writes: [() throws -> Void] = [
      {
        _ = try table.add(bench, at: now) {
          try $0(NewLine("a", number: 1))
          return .whole
        }
      },
      { _ = try table.retry(Selection(), at: now) },
      { _ = try table.cancel(Selection(), at: now) },
      { _ = try table.pause(reason: "dinner", at: now) },
      { _ = try table.resume(at: now) },
      { _ = try table.add(Sample.voice("ann"), clip: Sample.audio("ann"), at: now) },
      { _ = try table.removeVoice(named: "ann") },
      {
        _ = try table.save(
          Upload(
            digest: Sample.audio("ann").digest, url: "https://fal.media/a", uploadedAt: now,
            expiresAt: now + .seconds(1)))
      },
      { _ = try table.buryUploads(of: [Sample.audio("ann").digest], before: now, at: now) },
      { _ = try table.setBudget(of: "b", to: nil) },
      { _ = try table.reroll(Selection(), takes: 1, price: Sample.price, at: now) },
      { _ = try table.edit(Selection(), at: now) { .init(request: $0, key: .of($0), text: $1) } },
      { try table.checkpoint() },
    ]
    for write in writes { #expect(try lock.count(write) == 1) }
    let reads: [() throws -> Void] = [
      { _ = try table.activeJobs() }, { _ = try table.dueJobs(limit: 1, at: now) },
      { _ = try table.control(at: now) }, { _ = try table.spent(since: now) },
      { _ = try table.ownedRequests(among: ["r"]) }, { _ = try table.hasRequest("r") },
      { _ = try table.jobCounts() },
      { _ = try table.standing(batch: nil, lately: now) }, { _ = try table.history(of: 1) },
      { _ = try table.lines(Selection(), in: .newest, limit: 1) { _ in } },
      { _ = try table.dataVersion() }, { _ = try table.voices() },
      { _ = try table.voiceRows(at: now) },
      { _ = try table.upload(of: Sample.audio("ann").digest, lastingBeyond: now) },
      { _ = try table.files(at: ["https://fal.media/a"]) },
      { _ = try table.integrityComplaints() },
      { _ = try table.add(bench, at: now) { _ in .unwanted } },
      { _ = try table.budgets() }, { _ = try table.waitingJobs() }, { _ = try table.endedBadly() },
      { _ = try table.costs(by: .batch, price: Sample.price) },
      { _ = try table.unknownIDs(in: Selection()) },
    ]
    for read in reads { #expect(try lock.count(read) == 0) }
    #expect(try lock.count { try table.close() } == 1)
  }

  @Test("a checkpoint moves what it can, and does not wait for a reader")
  func checkpoint() throws {
    let bench = try Bench(role: .daemon)
    try bench.add((1...50).map { "text \($0)" })
    let reader = try bench.another(.reader)
    let clock = ContinuousClock()
    try reader.lines(Selection(), in: .added, limit: 1) { _ in
      try bench.add(["more"], batch: "more")
      let time = try clock.measure { try bench.table.checkpoint() }
      // One that waits does so for a minute.
      #expect(time < .seconds(50))
    }
    try bench.table.checkpoint()
    // Everything is in the main file now, so a copy of it alone is complete.
    let copy = bench.folder("copy.db")
    try FileManager.default.copyItem(atPath: bench.folder("csm.db"), toPath: copy)
    let count = try DatabaseQueue(path: copy).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM job")
    }
    #expect(count == 51)
  }

  @Test("an addition is in the files when the call returns, before anything is closed")
  func durable() throws {
    let bench = try Bench()
    try bench.add(["one", "two"])
    let copy = try TemporaryFolder()
    for name in ["csm.db", "csm.db-wal"] {
      try FileManager.default.copyItem(atPath: bench.folder(name), toPath: copy(name))
    }
    let table = try JobTable(
      path: copy("csm.db"), role: .daemon, writeLock: FileLock(path: copy("lock")))
    #expect(try table.jobCounts() == [.queued: 2])
  }
}
