import CSMCore
import GRDB

// What the daemon reads, and the one transaction in which it writes.

extension JobTable {
  /// Jobs in an active state: what the daemon goes on with at its start.
  package func activeJobs() throws -> [Job] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT \(Job.columns)
          FROM job
          WHERE state IN ('SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')
          ORDER BY id
          """
      ).map(Job.init(row:))
    }
  }

  /// The same of these jobs only.
  package func activeJobs(among ids: Set<Job.ID>) throws -> [Job] {
    try activeJobs().filter { ids.contains($0.id) }
  }

  /// The first jobs of the line that are due, and when the first of the others is.
  package func dueJobs(limit: Int, at now: Timestamp) throws -> (jobs: [Job], nextDue: Timestamp?) {
    try read { db in
      let jobs = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT \(Job.columns)
            FROM job INDEXED BY job_line
            WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at <= :now
            ORDER BY priority DESC, id
            LIMIT :limit
            """),
        arguments: ["now": now.milliseconds, "limit": limit]
      ).map(Job.init(row:))
      return (jobs, jobs.count == limit ? now : try Self.nextDue(db, after: now))
    }
  }

  /// What people wrote into the table for the daemon.
  package func control(at now: Timestamp) throws -> Dispatcher.Control {
    try read { db in
      let wanted = try Int64.fetchSet(
        db.cachedStatement(
          sql: """
            SELECT id
            FROM job
            WHERE cancel_wanted = 1
              AND state IN ('SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')
            """))
      // At fal with no attempt behind it: nobody but a person's `retry` writes such a row.
      let retried = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT \(Job.columns)
            FROM job
            WHERE state IN ('IN_QUEUE', 'COMPLETED') AND attempts = 0
            """)
      ).map(Job.init(row:)).sorted { $0.id < $1.id }
      return Dispatcher.Control(
        gates: try Self.gates(db), cancelWanted: wanted, retried: retried,
        nextDue: try Self.nextDue(db, after: nil))
    }
  }

  /// What the submits since `start` cost, doubtful ones included.
  package func spent(since start: Timestamp) throws -> Money {
    try read { db in
      let sum = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT sum(cost) FROM submission WHERE intent_at >= ?"),
        arguments: [start.milliseconds])
      return Money(microDollars: sum ?? 0)
    }
  }

  /// Those of fal's request ids that jobs own already.
  package func ownedRequests(among ids: [String]) throws -> Set<String> {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT submission.request_id
          FROM submission JOIN job ON job.id = submission.job_id
          WHERE submission.request_id = ?
            AND NOT (job.state = 'UNKNOWN' AND job.generation = submission.generation)
          """)
      return Set(try ids.compactMap { try String.fetchOne(statement, arguments: [$0]) })
    }
  }

  /// Writes what the dispatcher decided, in one transaction; durable on return.
  ///
  /// Each move is one guarded update: it takes effect only where the row still has the state and the
  /// generation that the move names, and where no other submit, of this or another job, owns the
  /// request id that it brings.
  ///
  /// - Returns: the jobs of which a move did not take effect; nothing was written of these moves.
  package func commit(_ changes: Dispatcher.Changes, at now: Timestamp) throws -> Set<Job.ID> {
    guard !changes.isEmpty else { return [] }
    return try write { db in
      var missed: Set<Job.ID> = []
      for move in changes.moves where !missed.contains(move.before.id) {
        // What misses leaves nothing behind, the row of its audio included.
        try db.inSavepoint {
          if try Self.make(move, db, now) { return .commit }
          missed.insert(move.before.id)
          return .rollback
        }
      }
      for (name, gate) in changes.gates { try Self.save(name, gate, db) }
      return missed
    }
  }

  private static func make(_ move: Move, _ db: Database, _ now: Timestamp) throws -> Bool {
    if case .stored(let audio) = move.after.state { try insert(audio, db, now) }
    try db.cachedStatement(
      sql: """
        UPDATE job
        SET state = :state, generation = :generation, submits = :submits, attempts = :attempts,
          deferrals = :deferrals, wake_at = :wake_at, intent_at = :intent_at,
          unknown_since = :unknown_since, request_id = :request_id, status_url = :status_url,
          response_url = :response_url, cancel_url = :cancel_url, accepted_at = :accepted_at,
          result = :result, digest = :digest, error_class = :error_class, error = :error,
          updated_at = :now, finished_at = :finished_at
        WHERE id = :id AND state = :was AND generation = :generation_was AND waits_for IS NULL
          AND NOT EXISTS (
            SELECT 1 FROM submission
            WHERE request_id = :request_id AND (job_id <> :id OR generation <> :generation))
        """
    ).execute(arguments: move.arguments(at: now))
    guard db.changesCount == 1 else { return false }
    try charge(move, db)
    try record(move, db, now)
    return true
  }

  /// Writes the money and the request id into the row of the submit.
  private static func charge(_ move: Move, _ db: Database) throws {
    let key: StatementArguments = ["job": move.after.id, "generation": move.after.generation]
    if case .reserve(let cost) = move.charge, case .submitting(let intent) = move.after.state {
      try db.cachedStatement(
        sql: """
          INSERT INTO submission (job_id, generation, intent_at, cost)
          VALUES (:job, :generation, :intent, :cost)
          """
      ).execute(arguments: key + ["intent": intent.milliseconds, "cost": cost.microDollars])
    }
    if case .settle(let cost) = move.charge {
      try db.cachedStatement(
        sql: "UPDATE submission SET cost = :cost WHERE job_id = :job AND generation = :generation"
      ).execute(arguments: key + ["cost": cost.microDollars])
    }
    if let ticket = move.after.state.ticket, move.before.state.ticket == nil {
      try db.cachedStatement(
        sql: """
          UPDATE submission SET request_id = :request
          WHERE job_id = :job AND generation = :generation
          """
      ).execute(arguments: key + ["request": ticket.requestID])
    }
  }

  private static func record(_ move: Move, _ db: Database, _ now: Timestamp) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO transition (
          job_id, at, from_state, to_state, generation, cause, request_id, error_class, error)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      move.before.id, now.milliseconds, move.before.state.name.rawValue,
      move.after.state.name.rawValue, move.after.generation, move.cause.rawValue,
      move.ticket?.requestID, move.problem?.kind, move.problem?.message,
    ])
  }

  static func insert(_ audio: StoredAudio, _ db: Database, _ now: Timestamp) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO object (
          digest, bytes, media_type, duration_ms, level, pause_ms, tail_ms, clipped, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (digest) DO NOTHING
        """
    ).execute(arguments: [
      audio.digest.data, audio.bytes, audio.mediaType, audio.durationMilliseconds,
      audio.measure?.level, audio.measure?.pauseMilliseconds, audio.measure?.tailMilliseconds,
      audio.measure?.clipped, now.milliseconds,
    ])
  }

  private static func save(_ name: Gate.Name, _ gate: Gate?, _ db: Database) throws {
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

  private static func nextDue(_ db: Database, after now: Timestamp?) throws -> Timestamp? {
    let due = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT min(wake_at)
          FROM job INDEXED BY job_wake
          WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at > ?
          """),
      arguments: [now?.milliseconds ?? Int64.min])
    return due.map(Timestamp.init(milliseconds:))
  }
}
