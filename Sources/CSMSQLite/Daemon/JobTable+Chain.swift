import CSMCore
import GRDB

// Turns that wait for the turns before them. Whether a job waits is always computed from the rows of the
// jobs it needs, in the transaction that changes them; no counter is kept.

extension JobTable {
  /// SQL: whether turns wait for the job.
  static let isNeeded = """
    EXISTS (
      SELECT 1
      FROM job_need
      CROSS JOIN job AS next ON next.id = job_need.job_id
      WHERE job_need.needs_id = job.id AND next.waits_for = 'turns')
    """

  /// Releases jobs that no longer wait for anything.
  ///
  /// - Parameter candidates: a condition on `job` that limits which jobs are checked, such as that they
  ///   need a job that has just ended.
  /// - Returns: whether any job was released.
  @discardableResult
  static func release(
    _ db: Database, _ candidates: SQL, at now: Timestamp
  ) throws -> Bool {
    let free: SQLRequest<Row> = """
      SELECT id, template
      FROM job
      WHERE \(candidates) AND +waits_for = 'turns'
        AND NOT EXISTS (
          SELECT 1
          FROM job_need AS need
          JOIN job AS needed ON needed.id = need.needs_id
          WHERE need.job_id = job.id AND needed.state NOT IN \(sql: States.settled))
      ORDER BY id
      """
    let rows = try free.fetchAll(db)
    for row in rows {
      let id: Int64 = row["id"]
      let template: String = row["template"] ?? ""
      // An unreadable job is released as it is: csmd finds it when it reads the queue, and holds it.
      let input =
        try SpeechRequest(column: template).map { template in
          try Chain.input(
            from: template, spoken: try spoken(db, for: id),
            lengths: try lengths(db, template.files)
          ).json()
        } ?? template
      try db.cachedStatement(
        sql: """
          UPDATE job
          SET input = :input, waits_for = NULL, updated_at = :now
          WHERE id = :id
          """
      ).execute(arguments: ["id": id, "input": input, "now": now])
    }
    return !rows.isEmpty
  }

  /// Makes a job wait for the same turns as the job it was made from.
  ///
  /// It does so only if its context names turns that had no audio yet, because the other job was cancelled
  /// while it waited.
  ///
  /// - Parameter replaced: new takes of these turns, which the job waits for, too.
  static func wait(
    _ job: Job.ID, like other: Job.ID, replaced: [Job.ID: Job.ID] = [:],
    for request: SpeechRequest, _ db: Database, at now: Timestamp
  ) throws {
    guard !request.needs.isEmpty else { return }
    try db.execute(
      sql: """
        UPDATE job SET waits_for = 'turns', template = input WHERE id = :job;
        INSERT INTO job_need (job_id, ordinal, needs_id)
        SELECT :job, ordinal, needs_id FROM job_need WHERE job_id = :other
        """, arguments: ["job": job, "other": other])
    try followEdits(job, like: other, request, db)
    for needed in try needs(of: job, db).compactMap({ replaced[$0] }) {
      try need(needed, for: job, db)
    }
    try release(db, "id = \(job)", at: now)
  }

  /// Makes a waiting turn hear the present words of the turns before it.
  ///
  /// Those turns were edited since the other job was made.
  private static func followEdits(
    _ job: Job.ID, like other: Job.ID, _ request: SpeechRequest, _ db: Database
  ) throws {
    let edited = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT old.id AS old, old.key AS old_key, job.id, job.key,
            coalesce(job.template, job.input) AS request
          FROM batch_item AS own
          CROSS JOIN job_need AS need ON need.job_id = own.job_id
          CROSS JOIN job AS old ON old.id = need.needs_id
          CROSS JOIN batch_item AS former
            ON former.job_id = old.id AND former.batch_id = own.batch_id AND former.former = 'edited'
          CROSS JOIN batch_item AS item
            ON item.batch_id = own.batch_id AND item.line = former.line AND item.former IS NULL
          CROSS JOIN job ON job.id = item.job_id
          WHERE own.job_id = :other AND own.former IS NULL
            AND NOT EXISTS (
              SELECT 1
              FROM batch_item AS take
              WHERE take.job_id = old.id AND take.batch_id = own.batch_id
                AND (take.former IS NULL OR take.former = 'retaken'))
          """), arguments: ["other": other])
    guard !edited.isEmpty else { return }
    var request = request
    for row in edited {
      // What somebody overwrote is left as it is.
      guard let old = Digest(column: row["old_key"]), let key = Digest(column: row["key"]),
        let words = SpeechRequest(column: row["request"])?.text
      else { continue }
      for place in request.context.indices where request.context[place].source == .job(key: old) {
        request.context[place].prompt = words
        request.context[place].audioURL = ClipSource.job(key: key).audioURL
      }
      try db.execute(
        sql: "UPDATE job_need SET needs_id = :id WHERE job_id = :job AND needs_id = :old",
        arguments: ["id": row["id"] as Job.ID, "job": job, "old": row["old"] as Job.ID])
    }
    try db.execute(
      sql: "UPDATE job SET input = :input, template = :input WHERE id = :job",
      arguments: ["input": try request.json(), "job": job])
  }

  /// The jobs whose audio a job hears.
  static func needs(of job: Job.ID, _ db: Database) throws -> [Job.ID] {
    try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT needs_id FROM job_need WHERE job_id = ? ORDER BY ordinal"),
      arguments: [job])
  }

  /// Makes a waiting turn wait for one more job.
  static func need(_ needed: Job.ID, for job: Job.ID, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO job_need (job_id, ordinal, needs_id)
        SELECT :job, max(ordinal) + 1, :needed FROM job_need WHERE job_id = :job
        """
    ).execute(arguments: ["job": job, "needed": needed])
  }

  /// Releases jobs that waited only for these.
  ///
  /// - Returns: whether any job was released.
  static func release(_ db: Database, after ended: [Job.ID], at now: Timestamp) throws -> Bool {
    // Most jobs are needed by no other. Checking that costs less than compiling the statement that
    // releases.
    let need = try db.cachedStatement(sql: "SELECT 1 FROM job_need WHERE needs_id = ? LIMIT 1")
    let needed = try ended.filter { try Int.fetchOne(need, arguments: [$0]) != nil }
    guard !needed.isEmpty else { return false }
    return try release(
      db, "id IN (SELECT job_id FROM job_need WHERE needs_id IN \(needed))", at: now)
  }

  /// Releases turns that have waited too long for another take of an earlier turn.
  ///
  /// They then hear the take that the earlier turn has now.
  ///
  /// - Returns: whether any job was released.
  package func releaseImpatient(at now: Timestamp) throws -> Bool {
    let isLate: SQL = """
      needs_id IN (
        SELECT id
        FROM job
        WHERE is_reroll = 1 AND state <> 'STORED' AND state <> 'FAILED' AND state <> 'CANCELLED'
          AND (state = 'HELD' OR created_at <= \(now - RerollRule.turnsWait)))
      """
    let isAnyLate = try read { db in
      let request: SQLRequest<Bool> = "SELECT EXISTS (SELECT 1 FROM job_need WHERE \(isLate))"
      return try request.fetchOne(db) ?? false
    }
    guard isAnyLate else { return false }
    return try write { db in
      let late: SQLRequest<Int64> = "DELETE FROM job_need WHERE \(isLate) RETURNING job_id"
      let jobs = try late.fetchAll(db)
      return try Self.release(db, "id IN \(jobs)", at: now)
    }
  }

  /// Releases jobs that waited for jobs which a person has just cancelled.
  static func releaseAfterSelected(_ db: Database, at now: Timestamp) throws {
    try release(
      db,
      """
      id IN (
        SELECT need.job_id FROM temp.selected CROSS JOIN job_need AS need
        ON need.needs_id = selected.id)
      """, at: now)
  }

  /// Makes unsent jobs wait again for jobs that a person has just brought back, whose audio belongs in
  /// their context.
  static func holdAgain(_ db: Database, at now: Timestamp) throws {
    try db.execute(
      sql: """
        UPDATE job
        SET waits_for = 'turns', input = template, generation = \(nextGeneration), updated_at = :now
        WHERE id IN (
            SELECT need.job_id
            FROM temp.selected
            CROSS JOIN job_need AS need ON need.needs_id = selected.id
            JOIN job AS needed ON needed.id = need.needs_id
            WHERE needed.state NOT IN \(States.settled))
          AND state = 'QUEUED' AND waits_for IS NOT 'turns'
          AND NOT EXISTS (SELECT 1 FROM submission WHERE job_id = job.id)
        """, arguments: ["now": now])
  }

  /// The results of the jobs that a job needs, by their keys.
  ///
  /// If a line shows another take by now, that take is used.
  private static func spoken(_ db: Database, for job: Job.ID) throws -> [Digest: Chain.Sound] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT needed.key, object.digest, object.duration_ms
          FROM job_need AS need
          JOIN job AS needed ON needed.id = need.needs_id
          JOIN object ON object.digest = coalesce(
            (
              SELECT shown.digest
              FROM batch_item AS take
              CROSS JOIN batch_item AS item
                ON item.batch_id = take.batch_id AND item.line = take.line AND item.former IS NULL
              CROSS JOIN job AS shown ON shown.id = item.job_id
              WHERE take.job_id = needed.id AND (take.former IS NULL OR take.former = 'retaken')
                AND shown.digest IS NOT NULL
              ORDER BY take.former IS NOT NULL, take.id
              LIMIT 1),
            needed.digest)
          WHERE need.job_id = ?
          """), arguments: [job])
    return rows.reduce(into: [:]) { spoken, row in
      guard let key = Digest(column: row["key"]), let digest = Digest(column: row["digest"])
      else { return }
      spoken[key] = Chain.Sound(digest: digest, milliseconds: row["duration_ms"])
    }
  }

  private static func lengths(_ db: Database, _ files: Set<Digest>) throws -> [Digest: Int] {
    let statement = try db.cachedStatement(sql: "SELECT duration_ms FROM object WHERE digest = ?")
    return try files.reduce(into: [:]) { lengths, file in
      lengths[file] = try Int?.fetchOne(statement, arguments: [file.data]) ?? nil
    }
  }
}
