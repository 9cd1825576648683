import CSMCore
import GRDB

// What a person's own judge says of audio.

extension JobTable {
  /// A line whose audio may be judged.
  package struct Judgeable: Sendable {
    package let job: Job.ID
    package let key: Digest
    package let line: LineRow
    package let measure: AudioMeasure?
  }

  /// Where `judgeable` begins: behind all that was stored before a moment.
  package func judgingStart(since moment: Timestamp) throws -> Int64 {
    try read { db in
      let first = try Int64.fetchOne(
        db, sql: "SELECT min(id) FROM transition WHERE at >= ?", arguments: [moment.milliseconds])
      return try first.map { $0 - 1 }
        ?? Int64.fetchOne(db, sql: "SELECT max(id) FROM transition") ?? 0
    }
  }

  /// Whether anything was stored behind this step.
  package func hasStored(after step: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db.cachedStatement(
          sql: "SELECT EXISTS (SELECT 1 FROM transition WHERE id > ? AND to_state = 'STORED')"),
        arguments: [step]) ?? false
    }
  }

  /// What was stored next, and has no verdict yet.
  ///
  /// - Parameters:
  ///   - step: the number of a step, behind which to look; the last one that was looked at on return.
  ///   - limit: how many at most.
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

  /// Writes down a verdict on the audio that a job has, and adds a take where that is bad now; durable on
  /// return.
  ///
  /// - Returns: whether jobs are in the queue that were not there.
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
        "now": now.milliseconds,
      ])
      guard db.changesCount > 0 else { return false }
      return try recentHearings.withLock { hearings in
        try AddedTakes(now: now).consider(job, &hearings, db)
      }
    }
  }
}
