import CSMCore
import GRDB

// The transaction in which the daemon writes.

extension JobTable {
  /// The result of a commit.
  package struct Saved: Sendable, Equatable {
    /// Jobs whose move did not take effect; nothing of these moves was written.
    package var missed: Set<Job.ID> = []
    /// Whether jobs joined the queue: new ones, or ones that had waited outside it.
    package var hasReleased = false
  }

  /// Writes what the dispatcher decided, in one transaction; durable on return.
  ///
  /// Each move is one guarded update. It takes effect only if all of this holds:
  ///
  /// - The row still has the state and the generation that the move names.
  /// - A person's wish to retry or cancel a job that is to be held or cancelled is the one that the move
  ///   knows.
  /// - No other submit, of this or another job, owns the request id that the move brings.
  /// - The job waits for nothing outside the queue, unless it waits for money that turns out to be spent.
  /// - The budgets of the job's batches have room for what the move reserves.
  ///
  /// Jobs that waited for a job that has ended stop waiting.
  package func commit(_ changes: Dispatcher.Changes, at now: Timestamp) throws -> Saved {
    guard !changes.isEmpty else { return Saved() }
    return try write { db in
      var saved = Saved()
      // What this transaction reserves is reserved at the raised price.
      if let raise = changes.raise { try Self.raiseCosts(db, by: raise) }
      for move in changes.moves where !saved.missed.contains(move.before.id) {
        if try !make(move, db, &saved, now) { saved.missed.insert(move.before.id) }
      }
      let ended = changes.moves.filter { $0.after.state.name.isSettled }.map(\.after.id)
      if try Self.release(db, after: ended, at: now) { saved.hasReleased = true }
      for (name, gate) in changes.gates { try Self.save(name, gate, db, at: now) }
      for (id, notice) in changes.notices { try Self.save(notice, of: id, db, now) }
      if changes.endsAdoption { try Self.endAdoption(db) }
      if let account = changes.account { try Self.save(account, db) }
      for exhausted in changes.exhausted { try Self.exhaust(exhausted, db, now) }
      if try Self.releaseBudgets(db) { saved.hasReleased = true }
      return saved
    }
  }

  private func make(
    _ move: Move, _ db: Database, _ saved: inout Saved, _ now: Timestamp
  ) throws -> Bool {
    guard case .stored(let audio) = move.after.state else {
      return try Self.update(move, db, now)
    }
    // The job's row refers to its audio's row, which must not remain if the move misses.
    var isMade = false
    try db.inSavepoint {
      try Self.insert(audio, db, now)
      isMade = try Self.update(move, db, now)
      return isMade ? .commit : .rollback
    }
    guard isMade else { return false }
    if try hear(audio, of: move.after, db, at: now) { saved.hasReleased = true }
    return true
  }

  /// Makes lines show the take just stored, and adds another take if its audio is bad.
  ///
  /// - Returns: whether a take was added.
  private func hear(
    _ audio: StoredAudio, of job: Job, _ db: Database, at now: Timestamp
  ) throws -> Bool {
    try recentHearings.withLock { hearings in
      try ShownTake.follow(job.id, &hearings, db)
      return try AddedTakes(now: now).consider(audio, of: job, &hearings, db)
    }
  }

  private static func update(_ move: Move, _ db: Database, _ now: Timestamp) throws -> Bool {
    try db.cachedStatement(
      sql: """
        UPDATE job
        SET state = :state, generation = :generation, submits = :submits, attempts = :attempts,
          deferrals = :deferrals, retry_wanted = :retry_wanted, waits_for = NULL, wake_at = :wake_at,
          intent_at = :intent_at,
          unknown_since = :unknown_since, request_id = :request_id, status_url = :status_url,
          response_url = :response_url, cancel_url = :cancel_url, accepted_at = :accepted_at,
          result = iif(:keeps_result, result, :result), digest = :digest, error_class = :error_class, error = :error,
          updated_at = :now, finished_at = :finished_at
        WHERE id = :id AND state = :was AND generation = :generation_was
          AND (waits_for IS NULL OR waits_for = 'budget' AND :is_owed)
          AND (:state <> 'HELD' OR cancel_wanted = :cancel_wanted)
          AND (:state NOT IN ('HELD', 'CANCELLED') OR retry_wanted = :retry_wanted_was)
          AND NOT EXISTS (
            SELECT 1 FROM submission
            WHERE request_id = :request_id AND (job_id <> :id OR generation <> :generation))
          AND NOT EXISTS (
            SELECT 1
            FROM batch_item AS item
            CROSS JOIN batch ON batch.id = item.batch_id
            WHERE item.job_id = job.id AND batch.spent + :reserved > batch.budget)
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
    switch move.charge {
    case .reserve(let cost), .owed(let cost):
      guard case .submitting(let intent) = move.after.state else { break }
      try db.cachedStatement(
        sql: """
          INSERT INTO submission (job_id, generation, intent_at, cost)
          VALUES (:job, :generation, :intent, :cost)
          """
      ).execute(arguments: key + ["intent": intent, "cost": cost])
    case .settle(let cost):
      try db.cachedStatement(
        sql: """
          UPDATE submission SET cost = :cost, is_settled = 1
          WHERE job_id = :job AND generation = :generation
          """
      ).execute(arguments: key + ["cost": cost])
    case nil: break
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

  /// Raises what is reserved for submits that are out: fal bills more than expected.
  private static func raiseCosts(_ db: Database, by factor: Double) throws {
    try db.execute(
      sql: """
        UPDATE submission
        SET cost = min(CAST(cost * :factor AS INTEGER), 1000000000000)
        WHERE is_settled = 0 AND EXISTS (
          SELECT 1
          FROM job
          WHERE job.id = submission.job_id AND job.generation = submission.generation
            AND state IN \(States.out))
        """, arguments: ["factor": factor])
  }

  /// Writes or clears what is wrong with a job that stays in its state.
  private static func save(
    _ notice: Dispatcher.Notice, of job: Job.ID, _ db: Database, _ now: Timestamp
  ) throws {
    try db.cachedStatement(
      sql: """
        UPDATE job
        SET error_class = :class, error = :error, updated_at = :now
        WHERE id = :job AND generation = :generation AND error_class IS NOT :class
          AND state IN ('IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')
        """
    ).execute(arguments: [
      "job": job, "generation": notice.generation, "class": notice.problem?.kind,
      "error": notice.problem?.message, "now": now,
    ])
  }

  private static func record(_ move: Move, _ db: Database, _ now: Timestamp) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO transition (
          job_id, at, from_state, to_state, generation, cause, request_id, error_class, error)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      move.before.id, now, move.before.state.name.rawValue,
      move.after.state.name.rawValue, move.after.generation, move.cause.rawValue,
      move.newRequestID, move.problem?.kind, move.problem?.message,
    ])
  }

  static func insert(_ audio: StoredAudio, _ db: Database, _ now: Timestamp) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO object (
          digest, bytes, media_type, duration_ms, created_at)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (digest) DO NOTHING
        """
    ).execute(arguments: [
      audio.digest.data, audio.bytes, audio.mediaType, audio.durationMilliseconds, now,
    ])
    if let measure = audio.measure { try save(measure, of: audio.digest, db) }
  }
}
