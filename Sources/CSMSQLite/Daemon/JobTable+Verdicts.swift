import CSMCore
import GRDB

// Verdicts of a person's own judge.

extension JobTable {
  /// A line whose audio may be judged.
  package struct Judgeable: Sendable {
    package let job: Job.ID
    package let key: Digest
    package let line: LineRow
    package let measure: AudioMeasure?
  }

  /// The step at which `judgeable` begins, after everything stored before `moment`.
  package func judgingStart(since moment: Timestamp) throws -> Int64 {
    try read { db in
      let first = try Int64.fetchOne(
        db, sql: "SELECT min(id) FROM transition WHERE at >= ?", arguments: [moment])
      return try first.map { $0 - 1 }
        ?? Int64.fetchOne(db, sql: "SELECT max(id) FROM transition") ?? 0
    }
  }

  /// Whether anything was stored after this step.
  package func hasStored(after step: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db.cachedStatement(
          sql: "SELECT EXISTS (SELECT 1 FROM transition WHERE id > ? AND to_state = 'STORED')"),
        arguments: [step]) ?? false
    }
  }

  /// Notes the last step of which the judge was asked; durable on return.
  ///
  /// - Parameter step: nil if nobody is to wait for the judge.
  package func noteJudging(upTo step: Int64?) throws {
    try write { db in
      guard let step else { return try db.execute(sql: "DELETE FROM judging") }
      try db.cachedStatement(
        sql: """
          INSERT INTO judging (id, step) VALUES (1, ?)
          ON CONFLICT DO UPDATE SET step = excluded.step
          """
      ).execute(arguments: [step])
    }
  }

  /// Whether the judge has still to be asked about lines of the wanted batches.
  static func isJudging(_ isWanted: SQL, _ db: Database) throws -> Bool {
    let request: SQLRequest<Bool> = """
      SELECT EXISTS (
        SELECT 1
        FROM transition
        WHERE id > (SELECT step FROM judging) AND to_state = 'STORED'
          AND EXISTS (SELECT 1 FROM batch_item WHERE job_id = transition.job_id AND \(isWanted)))
      """
    return try request.fetchOne(db) ?? false
  }

  /// The next stored audio that has no verdict yet.
  ///
  /// - Parameters:
  ///   - step: the step to search after; on return, the last step searched.
  ///   - limit: the most lines to return.
  package func judgeable(after step: inout Int64, limit: Int) throws -> [Judgeable] {
    let (last, lines) = try read { db -> (Int64, [Judgeable]) in
      let steps = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT id, job_id
            FROM transition
            WHERE id > ? AND to_state = 'STORED'
            ORDER BY id
            LIMIT ?
            """), arguments: [step, limit])
      let jobs = steps.map { $0["job_id"] as Int64 }
      let request: SQLRequest<Row> = """
        SELECT \(LineRow.columns), job.key
        \(LineRow.source)
        LEFT JOIN object ON object.digest = job.digest
        WHERE job.id IN \(jobs) AND job.state = 'STORED'
          AND (item.former IS NULL OR item.former = 'retaken')
          AND NOT EXISTS (
            SELECT 1 FROM verdict WHERE job_id = job.id AND verdict.digest IS job.digest)
        GROUP BY job.id
        ORDER BY job.id
        """
      var hearings = Hearings()
      let lines = try request.fetchAll(db).compactMap { row -> Judgeable? in
        guard let key = Digest(column: row["key"]) else { return nil }
        return Judgeable(
          job: row["id"], key: key, line: try LineRow(row: row, &hearings, db),
          measure: AudioMeasure(row: row))
      }
      return (steps.last?["id"] ?? step, lines)
    }
    step = last
    return lines
  }

  /// Saves a verdict on a job's audio; durable on return.
  ///
  /// Its lines then show their best take, and get another one if that is bad.
  ///
  /// - Returns: whether a take was added to the queue.
  package func save(
    _ verdict: Verdict, on digest: Digest, of job: Job.ID, at now: Timestamp
  ) throws -> Bool {
    try write { db in
      try db.cachedStatement(
        sql: """
          INSERT INTO verdict (job_id, digest, grade, score, transcript, reason, judged_at)
          SELECT id, digest, :grade, :score, :transcript, :reason, :now
          FROM job
          WHERE id = :job AND digest = :digest
          ON CONFLICT (job_id) DO UPDATE
          SET digest = excluded.digest, grade = excluded.grade, score = excluded.score,
            transcript = excluded.transcript, reason = excluded.reason,
            judged_at = excluded.judged_at
          """
      ).execute(arguments: [
        "job": job, "digest": digest.data, "grade": verdict.grade.rawValue,
        "score": verdict.score, "transcript": verdict.transcript, "reason": verdict.reason,
        "now": now,
      ])
      guard db.changesCount > 0 else { return false }
      return try recentHearings.withLock { hearings in
        try ShownTake.review(job, &hearings, db)
        return try AddedTakes(now: now).consider(job, &hearings, db)
      }
    }
  }
}
