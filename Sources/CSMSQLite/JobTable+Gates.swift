import CSMCore
import GRDB

// The gates: what closes and opens them, a person or the daemon.

extension JobTable {
  /// Closes the gate `paused`.
  ///
  /// - Returns: false when it was closed before.
  package func pause(reason: String, at now: Timestamp) throws -> Bool {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO gate (name, reason, since, gap_ms) VALUES ('paused', ?, ?, 0)
          ON CONFLICT (name) DO NOTHING
          """, arguments: [reason, now.milliseconds])
      return db.changesCount > 0
    }
  }

  /// Opens all gates; those whose cause is still there close again by themselves.
  ///
  /// - Returns: the gates that were closed.
  package func resume() throws -> [Gate] {
    try write { db in
      let closed = try Self.gates(db)
      try db.execute(sql: "DELETE FROM gate")
      return closed
    }
  }

  /// The closed gates, by name.
  package func gates() throws -> [Gate] {
    try read(Self.gates)
  }

  static func save(_ name: Gate.Name, _ gate: Gate?, _ db: Database) throws {
    guard let gate else {
      try db.cachedStatement(sql: "DELETE FROM gate WHERE name = ?")
        .execute(arguments: [name.rawValue])
      return
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO gate (name, reason, since, probe_at, gap_ms)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE
        SET reason = excluded.reason, probe_at = excluded.probe_at, gap_ms = excluded.gap_ms
        """
    ).execute(arguments: [
      name.rawValue, gate.reason, gate.since.milliseconds, gate.probeAt?.milliseconds,
      gate.gap.milliseconds,
    ])
  }

  static func gates(_ db: Database) throws -> [Gate] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT name, reason, since, probe_at, gap_ms FROM gate ORDER BY name")
    ).compactMap { row in
      guard let name = Gate.Name(rawValue: row["name"]) else { return nil }
      let probeAt: Int64? = row["probe_at"]
      return Gate(
        name: name, reason: row["reason"], since: Timestamp(milliseconds: row["since"]),
        probeAt: probeAt.map(Timestamp.init(milliseconds:)),
        gap: .milliseconds(row["gap_ms"] as Int64))
    }
  }
}
