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
      return (row?["id"] ?? 0, row?["at"])
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
}
