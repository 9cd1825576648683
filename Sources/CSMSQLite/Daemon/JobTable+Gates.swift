import CSMCore
import GRDB

extension JobTable {
  /// The closed gates, by name.
  package func gates() throws -> [Gate] {
    try read(Self.gates)
  }

  static func save(
    _ name: Gate.Name, _ gate: Gate?, _ db: Database, at now: Timestamp
  ) throws {
    guard let gate else { return try openGates("name = \(name.rawValue)", db, at: now) }
    try db.cachedStatement(
      sql: """
        INSERT INTO gate (name, reason, since, probe_at, gap_ms)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE
        SET reason = excluded.reason, probe_at = excluded.probe_at, gap_ms = excluded.gap_ms
        """
    ).execute(arguments: [
      name.rawValue, gate.reason, gate.since, gate.probeAt,
      gate.gap.milliseconds,
    ])
  }

  /// Opens the gates that match, and records when they were closed.
  static func openGates(_ condition: SQL, _ db: Database, at now: Timestamp) throws {
    try db.execute(
      literal: """
        INSERT INTO gate_closing (name, since, until, reason)
        SELECT name, since, \(now), reason
        FROM gate
        WHERE since < \(now) AND (\(condition))
        ON CONFLICT (name, since) DO UPDATE
        SET until = max(until, excluded.until), reason = excluded.reason
        """)
    try db.execute(literal: "DELETE FROM gate WHERE \(condition)")
  }

  static func gates(_ db: Database) throws -> [Gate] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT name, reason, since, probe_at, gap_ms FROM gate ORDER BY name")
    ).compactMap { row in
      guard let name = Gate.Name(rawValue: row["name"]) else { return nil }
      return Gate(
        name: name, reason: row["reason"], since: row["since"],
        probeAt: row["probe_at"], gap: .milliseconds(row["gap_ms"] as Int64))
    }
  }
}
