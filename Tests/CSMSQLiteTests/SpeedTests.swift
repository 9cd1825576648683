import Foundation
import GRDB
import Glibc
import Testing

@testable import CSMCore
@testable import CSMSQLite

/// How many rows to measure with; nil to skip the measurement.
private let speedRows = ProcessInfo.processInfo.environment["CSM_SPEED"].flatMap { Int($0) }

/// Prints how long operations take; enabled if `CSM_SPEED` is set to a number of rows.
@Suite("Speed", .enabled(if: speedRows != nil), .serialized)
struct SpeedTests {
  private func measure(_ name: String, _ body: () throws -> Void) rethrows {
    let best = try (1...3).map { _ in try ContinuousClock().measure(body) }.min() ?? .zero
    print("\(name): \(best)")
  }

  /// The peak memory of the process, in MB.
  private var peak: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }

  @Test("speed of adding and of every hot query")
  func all() throws {
    let count = try #require(speedRows)
    let bench = try Bench(role: .daemon)
    let addition = Addition(
      batch: "night", endpoint: Bench.endpoint, priority: 0, sourceFile: "f",
      isDryRun: false, isStrict: false)
    func add() throws -> AdditionSummary {
      try bench.table.add(addition, at: Bench.start) { stage in
        for n in 1...count {
          try stage(NewLine("The text of line number \(n), to be spoken.", number: n))
        }
        return .whole
      }
    }
    print("before: \(peak) MB at most")
    let first = try ContinuousClock().measure { try #require(try add().queued == count) }
    print("add \(count): \(first), \(peak) MB at most")
    let again = try ContinuousClock().measure { try #require(try add().unchanged == count) }
    print("add again: \(again), \(peak) MB at most")
    try read(bench, "all QUEUED")
    try finish(bench)
    try read(bench, "nine of ten STORED")
    try bench.execute(
      "UPDATE job SET wake_at = wake_at + 1000000, priority = 5 WHERE state = 'QUEUED' AND id % 2 = 0"
    )
    try read(bench, "half of the rest put off")
  }

  private func read(_ bench: Bench, _ what: String) throws {
    let (table, now) = (bench.table, Bench.start)
    print("--- \(what)")
    try measure("dueJobs") { _ = try table.dueJobs(limit: 8, at: now) }
    try measure("control") { _ = try table.control(at: now) }
    try measure("activeJobs") { _ = try table.activeJobs() }
    try measure("spent") { _ = try table.spent(since: now) }
    try measure("jobCounts") { _ = try table.jobCounts() }
    try measure("standing of everything") { _ = try table.standing(batch: nil, lately: now) }
    try measure("standing of a batch") { _ = try table.standing(batch: "night", lately: now) }
    try measure("newest 20 lines") {
      try table.lines(Selection(), in: .newest, limit: 20) { _ in }
    }
    var selection = Selection()
    selection.batch = "night"
    try measure("oldest 20 lines of a batch") {
      try table.lines(selection, in: .added, limit: 20) { _ in }
    }
    selection.states = [.failed]
    try measure("FAILED lines of a batch") {
      try table.lines(selection, in: .added, limit: 20) { _ in }
    }
    selection.batch = nil
    try measure("FAILED lines") {
      try table.lines(selection, in: .newest, limit: nil) { _ in }
    }
    selection.states = []
    selection.ids = ["17"]
    try measure("a job by its id") {
      try table.lines(selection, in: .newest, limit: nil) { _ in }
    }
    selection.ids = ["night:L000017"]
    try measure("a line by its id") {
      try table.lines(selection, in: .newest, limit: nil) { _ in }
    }
    try measure("all lines") {
      try table.lines(Selection(), in: .added, limit: nil) { _ in }
    }
  }

  /// Makes nine of ten jobs STORED and one in a thousand FAILED, with all their rows.
  private func finish(_ bench: Bench) throws {
    try bench.execute(
      """
      INSERT INTO object (digest, bytes, media_type, duration_ms, created_at)
      SELECT key, 1000, 'audio/wav', 1000, 0 FROM job;
      UPDATE job
      SET state = 'STORED', digest = key, request_id = 'r' || id, accepted_at = 1, wake_at = NULL,
        finished_at = created_at + id
      WHERE id % 10 <> 0;
      UPDATE job
      SET state = 'FAILED', wake_at = NULL, finished_at = created_at + id, error_class = 'x', error = 'y'
      WHERE id % 1000 = 0;
      INSERT INTO submission
      SELECT id, 1, created_at + id, request_id, 100, 1 FROM job WHERE state <> 'QUEUED';
      INSERT INTO transition (job_id, at, from_state, to_state, generation, cause)
      SELECT id, 0, 'QUEUED', 'SUBMITTING', 1, 'claimed' FROM job WHERE state <> 'QUEUED';
      """)
  }
}
