import CSMCore
import GRDB

// The lives of the daemon, and whether the table is the one that its last life left.

extension JobTable {
  /// A life of the daemon, as the table records it.
  package struct Life: Sendable, Equatable {
    /// The beginning of this life's sent marks.
    package let token: Int64
    /// Which file the table was, and on which machine; nil for lives of older versions.
    package let place: TablePlace?

    package init(token: Int64, place: TablePlace?) {
      self.token = token
      self.place = place
    }
  }

  /// The daemon's last life; nil if there was none.
  package func life() throws -> Life? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT token, machine, boot, origin, inode FROM life").map { row in
        var place: TablePlace?
        if let inode: Int64 = row["inode"] {
          place = TablePlace(
            machine: row["machine"] ?? "", boot: row["boot"] ?? "", origin: row["origin"] ?? 0,
            inode: inode)
        }
        return Life(token: row["token"], place: place)
      }
    }
  }

  /// Begins a life of the daemon; durable on return.
  package func begin(_ life: Life) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO life (id, token, machine, boot, origin, inode) VALUES (1, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE
          SET token = excluded.token, machine = excluded.machine, boot = excluded.boot,
            origin = excluded.origin, inode = excluded.inode
          """,
        arguments: [
          life.token, life.place?.machine, life.place?.boot, life.place?.origin, life.place?.inode,
        ])
    }
  }

  /// Continues as another life with other marks, in the same place; durable on return.
  package func begin(life token: Int64) throws {
    try write { db in
      try db.execute(sql: "UPDATE life SET token = ?", arguments: [token])
    }
  }

  /// The last step in the history of jobs, and when it was made; 0 and nil before the first.
  package func lastStep() throws -> (number: Int64, at: Timestamp?) {
    try read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT id, at FROM transition ORDER BY id DESC LIMIT 1")
      return (row?["id"] ?? 0, (row?["at"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
  }

  /// Whether the table is older than one of these marks: it knows less of the job, or nothing.
  package func isOlder(than marks: [(job: Job.ID, generation: Int)]) throws -> Bool {
    try read { db in
      let last = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'job'")
      let statement = try db.cachedStatement(sql: "SELECT generation FROM job WHERE id = ?")
      return try marks.contains { mark in
        if mark.job > last ?? 0 { return true }
        let known = try Int.fetchOne(statement, arguments: [mark.job])
        return known.map { $0 < mark.generation } ?? false
      }
    }
  }

  /// Closes the gate `paused` because the table is not what the last life left; durable on return.
  ///
  /// - Parameter since: when fal may have begun to take requests that the table does not know.
  package func suspend(because reason: String, since: Timestamp, at now: Timestamp) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO gate (name, reason, since, gap_ms) VALUES ('paused', ?, ?, 0)
          ON CONFLICT (name) DO UPDATE SET reason = excluded.reason || '; and: ' || reason
          """, arguments: [reason, now.milliseconds])
      try db.execute(
        sql: "UPDATE life SET adopt_since = min(coalesce(adopt_since, :since), :since)",
        arguments: ["since": since.milliseconds])
    }
  }

  /// Since when fal may have taken requests that the table does not know; nil if it knows all.
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

  /// The queued job that has one of these keys.
  package func waitingJob(withOneOf keys: [Digest]) throws -> Job? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT \(Job.columns) FROM job WHERE key = ? AND state = 'QUEUED'")
      for key in keys {
        if let job = try Row.fetchOne(statement, arguments: [key.data]).flatMap(job) { return job }
      }
      return nil
    }
  }

  static func endAdoption(_ db: Database) throws {
    try db.execute(sql: "UPDATE life SET adopt_since = NULL")
  }
}
