import CSMCore
import GRDB

// Requests that fal may have accepted and that the table does not know.

extension JobTable {
  /// Closes the gate `paused` because the table is not what the last life left; durable on return.
  ///
  /// - Parameter since: when fal may have begun to accept requests that the table does not know.
  package func suspend(because reason: String, since: Timestamp, at now: Timestamp) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO gate (name, reason, since, gap_ms) VALUES ('paused', ?, ?, 0)
          ON CONFLICT (name) DO UPDATE SET reason = excluded.reason || '; and: ' || reason
          """, arguments: [reason, now])
      try db.execute(
        sql: "UPDATE life SET adopt_since = min(coalesce(adopt_since, :since), :since)",
        arguments: ["since": since])
    }
  }

  /// Since when fal may have accepted requests that the table does not know; nil if it knows them
  /// all.
  package func adoptSince() throws -> Timestamp? {
    try read { db in
      try Int64.fetchOne(db, sql: "SELECT adopt_since FROM life WHERE adopt_since IS NOT NULL")
        // fal can be asked only about times in this range.
        .map { Timestamp(milliseconds: min(max($0, 0), Timestamp.usual.upperBound)) }
    }
  }

  /// The models of queued jobs.
  package func waitingEndpoints() throws -> [String] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT endpoint FROM job WHERE state = 'QUEUED' ORDER BY endpoint"
      ).filter(Settings.isEndpoint)
    }
  }

  /// The queued jobs that have these keys, in this order.
  package func waitingJobs(withOneOf keys: [Digest]) throws -> [Job] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT \(Job.columns) FROM job WHERE key = ? AND state = 'QUEUED'")
      return try keys.compactMap { key in
        try Row.fetchOne(statement, arguments: [key.data]).flatMap(job)
      }
    }
  }

  /// The words of queued jobs.
  package func waitingScenes() throws -> Set<[SpeechRequest.Turn]> {
    try read { db in
      let inputs = try String.fetchCursor(db, sql: "SELECT input FROM job WHERE state = 'QUEUED'")
      var scenes: Set<[SpeechRequest.Turn]> = []
      while let input = try inputs.next() {
        if let request = SpeechRequest(column: input) { scenes.insert(request.scene) }
      }
      return scenes
    }
  }

  static func endAdoption(_ db: Database) throws {
    try db.execute(sql: "UPDATE life SET adopt_since = NULL")
  }
}
