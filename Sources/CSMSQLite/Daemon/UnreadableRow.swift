import CSMCore
import GRDB
import Synchronization

/// A job's row in which a column holds a value that csm never writes.
///
/// The whole group may write to the table, so a row is as untrusted as any answer: an endpoint may be
/// crafted to steal the key, or a number may overflow when incremented. Such a row alone is HELD, and no
/// other job waits for it.
package struct UnreadableRow: Error, Sendable, Equatable {
  package let job: Job.ID
  package let column: String

  /// The problem, as the row and the log show it.
  package var problem: Problem {
    Problem(
      Self.kind,
      "column \(column) of job \(job) cannot be read, so csmd leaves the job alone: correct the "
        + "value in csm.db, then csm-enqueue retry --job \(job); or give it up with "
        + "csm-enqueue cancel --job \(job)")
  }

  package static let kind = "unreadable_row"
}

/// What a job's row may hold.
extension Row {
  /// A counter, far from overflow.
  func count(_ column: String, from first: Int = 0) throws(UnreadableRow) -> Int {
    let number: Int = self[column]
    guard (first...Int(Int32.max)).contains(number) else { throw unreadable(column) }
    return number
  }

  /// A time between 1970 and 9999, which fal can be asked about.
  func moment(_ column: String) throws(UnreadableRow) -> Timestamp {
    let milliseconds: Int64? = self[column]
    guard let milliseconds, Timestamp.usual.contains(milliseconds) else {
      throw unreadable(column)
    }
    return Timestamp(milliseconds: milliseconds)
  }

  func unreadable(_ column: String) -> UnreadableRow {
    UnreadableRow(job: self["id"], column: column)
  }
}

extension Timestamp {
  static let usual: ClosedRange<Int64> = 0...253_402_300_799_999
}

/// Unreadable rows that were found and are not HELD yet.
final class UnreadableRows: Sendable {
  private let noted = Mutex<Set<Job.ID>>([])

  func note(_ row: UnreadableRow) { _ = noted.withLock { $0.insert(row.job) } }

  var all: Set<Job.ID> { noted.withLock(\.self) }

  func forget(_ jobs: Set<Job.ID>) { noted.withLock { $0.subtract(jobs) } }
}

extension JobTable {
  /// The jobs of the readable rows; the others are noted for `holdUnreadable`.
  func jobs(_ rows: [Row]) -> [Job] { rows.compactMap(job) }

  func job(_ row: Row) -> Job? {
    do throws(UnreadableRow) {
      return try Job(row: row)
    } catch {
      unreadable.note(error)
      return nil
    }
  }

  /// Looks for rows that no other read of the daemon would ever meet.
  package func lookForUnreadable() throws {
    try read { db in
      let names = JobState.Name.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      let rows = try rows(
        db,
        from: """
          job
          WHERE id IN (
            SELECT id FROM job WHERE state NOT IN (\(names))
            UNION ALL
            SELECT id FROM job WHERE waits_for NOT IN ('turns', 'budget')
            UNION ALL
            SELECT id
            FROM job
            WHERE state = 'QUEUED' AND waits_for IS NULL AND (wake_at IS NULL OR wake_at > ?))
          """, [Timestamp.usual.upperBound])
      _ = jobs(rows)
    }
  }

  /// Holds the noted rows, one by one; durable on return.
  package func holdUnreadable(at now: Timestamp) throws -> [UnreadableRow] {
    let noted = unreadable.all
    guard !noted.isEmpty else { return [] }
    let held = try write { db in
      try noted.sorted().compactMap { try Self.holdUnreadable($0, db, now) }
    }
    unreadable.forget(noted)
    return held
  }

  /// Holds one row; what is known of its request stays, so that `retry` can begin there.
  ///
  /// - Returns: nil if the row is readable after all, or has ended.
  private static func holdUnreadable(
    _ id: Job.ID, _ db: Database, _ now: Timestamp
  ) throws -> UnreadableRow? {
    do {
      try cutOverlong(id, db)
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT \(Job.columns)
          FROM job
          WHERE id = ? AND state NOT IN \(States.ended)
          """, arguments: [id])
      _ = try row.map(Job.init(row:))
      guard let row, try isOthers(row, db) else { return nil }
      throw row.unreadable("request_id")
    } catch let error as UnreadableRow {
      try db.execute(
        sql: """
          INSERT INTO transition (
            job_id, at, from_state, to_state, generation, cause, request_id, error_class, error)
          SELECT id, :now, state, 'HELD', generation, 'unreadable', request_id, :class, :error
          FROM job
          WHERE id = :id;
          UPDATE job
          SET state = 'HELD', error_class = :class, error = :error, wake_at = NULL,
            intent_at = NULL, unknown_since = NULL, waits_for = NULL, retry_wanted = 0, digest = NULL,
            accepted_at = iif(request_id IS NULL, NULL, coalesce(accepted_at, :now)),
            status_url = iif(request_id IS NULL, NULL, status_url),
            response_url = iif(request_id IS NULL, NULL, response_url),
            cancel_url = iif(request_id IS NULL, NULL, cancel_url),
            result = iif(request_id IS NULL, NULL, nullif(result, '')), updated_at = :now, finished_at = :now
          WHERE id = :id
          """,
        arguments: [
          "id": id, "class": UnreadableRow.kind, "error": error.problem.message,
          "now": now,
        ])
      return error
    }
  }
}

extension JobTable {
  /// Whether the request that the row names belongs to another submit, which makes every move of the job
  /// miss.
  private static func isOthers(_ row: Row, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM submission WHERE request_id = ? AND (job_id <> ? OR generation <> ?))
        """,
      arguments: [
        row["request_id"] as String?, row["id"] as Int64, row["generation"] as Int,
      ]) ?? false
  }

  /// Notes a job whose moves never take effect, for `holdUnreadable` to check.
  package func noteUnreadable(_ job: Job.ID) {
    unreadable.note(UnreadableRow(job: job, column: "request_id"))
  }
}
