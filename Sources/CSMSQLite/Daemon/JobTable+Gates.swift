import CSMCore
import GRDB

// The gates, as a person or the daemon closes and opens them.

extension JobTable {
  /// Closes the gate `paused`.
  ///
  /// - Returns: false if it was closed already.
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

  /// Opens all gates, and makes all lines due that wait for a time.
  ///
  /// Where the cause remains, gates close and lines wait again by themselves.
  ///
  /// - Returns: the gates that were closed.
  package func resume(at now: Timestamp) throws -> [Gate] {
    try write { db in
      let closed = try Self.gates(db)
      try Self.open("TRUE", db, at: now)
      try Self.wake(db, dueAfter: now, at: now)
      return closed
    }
  }

  /// Repairs what a wrong clock wrote: no wait ends later than `longest` from now, and no search for a
  /// lost submit began in the future.
  ///
  /// - Parameter isSet: the clock was just set, so past times are no more reliable than future ones.
  package func forgetFuture(
    beyond longest: Duration, isSet: Bool = false, at now: Timestamp
  ) throws {
    try write { db in
      try Self.wake(db, dueAfter: now + longest, at: now)
      let end = (now + longest).milliseconds
      try Self.open("probe_at > \(end) AND name NOT IN ('budget', 'hours')", db, at: now)
      let now = now.milliseconds
      try db.execute(
        sql: """
          UPDATE job SET unknown_since = :now
          WHERE state = 'UNKNOWN' AND (unknown_since > :now OR :set)
          """, arguments: ["now": now, "set": isSet])
      try db.execute(sql: "UPDATE gate SET since = min(since, ?)", arguments: [now])
    }
  }

  private static func wake(_ db: Database, dueAfter limit: Timestamp, at now: Timestamp) throws {
    try db.execute(
      sql: """
        UPDATE job SET wake_at = :now
        WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at > :limit
        """, arguments: ["now": now.milliseconds, "limit": limit.milliseconds])
  }

  /// The closed gates, by name.
  package func gates() throws -> [Gate] {
    try read(Self.gates)
  }

  static func save(
    _ name: Gate.Name, _ gate: Gate?, _ db: Database, at now: Timestamp
  ) throws {
    guard let gate else { return try open("name = \(name.rawValue)", db, at: now) }
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

  /// Opens the gates that match, and records when they were closed.
  private static func open(_ condition: SQL, _ db: Database, at now: Timestamp) throws {
    try db.execute(
      literal: """
        INSERT INTO gate_closing (name, since, until, reason)
        SELECT name, since, \(now.milliseconds), reason
        FROM gate
        WHERE since < \(now.milliseconds) AND (\(condition))
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
      let probeAt: Int64? = row["probe_at"]
      return Gate(
        name: name, reason: row["reason"], since: Timestamp(milliseconds: row["since"]),
        probeAt: probeAt.map(Timestamp.init(milliseconds:)),
        gap: .milliseconds(row["gap_ms"] as Int64))
    }
  }
}
