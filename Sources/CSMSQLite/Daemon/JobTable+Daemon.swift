import CSMCore
import GRDB

// What the daemon reads.

extension JobTable {
  /// Jobs in an active state, with which the daemon continues when it starts.
  package func activeJobs() throws -> [Job] {
    try read { db in
      let rows = try rows(
        db,
        from: """
          job
          WHERE state IN \(States.active)
          ORDER BY id
          """)
      return jobs(rows)
    }
  }

  /// The result of a job that only the table holds; nil if the job is gone.
  package func result(of job: Job) throws -> String? {
    try read { db in
      try String.fetchOne(
        db.cachedStatement(
          sql: "SELECT result FROM job WHERE id = ? AND generation = ? AND state = 'COMPLETED'"),
        arguments: [job.id, job.generation])
    }
  }

  package func activeJobs(among ids: Set<Job.ID>) throws -> [Job] {
    try activeJobs().filter { ids.contains($0.id) }
  }

  /// Submits without an answer.
  package func intents() throws -> [(job: Job.ID, generation: Int)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, generation
          FROM job
          WHERE state IN \(States.active)
            AND state = 'SUBMITTING'
          """
      ).map { ($0["id"], $0["generation"]) }
    }
  }

  /// The first due jobs of the queue, and the budgets of their batches.
  package func dueJobs(limit: Int, at now: Timestamp) throws -> DueJobs {
    try read { db in
      let rows = try rows(
        db,
        from: """
          job INDEXED BY job_line
          WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at <= :now
          ORDER BY priority DESC, id
          LIMIT :limit
          """, ["now": now, "limit": limit])
      let jobs = jobs(rows)
      return DueJobs(
        jobs: jobs, nextDue: rows.count == limit ? now : try Self.nextDue(db, after: now),
        budgets: try Self.budgets(db, of: jobs))
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
              AND state IN \(States.active)
            """))
      let retried = try rows(
        db,
        from: """
          job
          WHERE \(FetchedAgain.condition)
            OR state = 'UNKNOWN' AND retry_wanted = 1
          """)
      return Dispatcher.Control(
        gates: try Self.gates(db), cancelWanted: wanted,
        retried: jobs(retried).sorted { $0.id < $1.id },
        held: try heldSubmits(db, at: now),
        hasBatchBudget: try Bool.fetchOne(
          db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE budget IS NOT NULL)"))
          ?? false,
        nextDue: try Self.nextDue(db, after: nil))
    }
  }

  /// How long fal lists inputs (30 days, by its documentation).
  private static let listed: Duration = .seconds(30 * 86_400)
  /// How many are looked for at a time: the newest, which fal most likely still lists.
  private static let heldMax = 500

  /// Lost submits that are `HELD` and that fal may still list.
  private func heldSubmits(_ db: Database, at now: Timestamp) throws -> [Dispatcher.HeldJob] {
    try rows(
      db,
      Job.columns + """
        , (SELECT intent_at FROM submission WHERE job_id = job.id AND generation = job.generation)
          AS sent_at
        """,
      from: """
        job
        CROSS JOIN submission
          ON submission.job_id = job.id AND submission.generation = job.generation
        WHERE state = 'HELD' AND error_class = '\(Problem.lostSubmit)' AND submission.intent_at >= ?
        ORDER BY job.id DESC
        LIMIT \(Self.heldMax)
        """, [now - Self.listed]
    ).compactMap { row in
      // Unreadable rows are already HELD.
      guard let job = try? Job(row: row), let intent = try? row.moment("sent_at") else {
        return nil
      }
      return Dispatcher.HeldJob(job: job, intent: intent)
    }
  }

  /// What the submits since `start` cost, doubtful ones included.
  package func spent(since start: Timestamp) throws -> Money {
    try read { try Self.spent($0, since: start) }
  }

  static func spent(_ db: Database, since start: Timestamp) throws -> Money {
    try Money.fetchOne(
      db.cachedStatement(
        sql: "SELECT \(saturatingSum("cost")) FROM submission WHERE intent_at >= ?"),
      arguments: [start]) ?? .zero
  }

  /// The request ids among these that jobs already own.
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

  /// Whether some submit got this id, whatever became of its job.
  package func hasRequest(_ id: String) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM submission WHERE request_id = ?)"),
        arguments: [id]) ?? false
    }
  }

  private static func nextDue(_ db: Database, after now: Timestamp?) throws -> Timestamp? {
    try Timestamp.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT min(wake_at)
          FROM job INDEXED BY job_wake
          WHERE state = 'QUEUED' AND waits_for IS NULL AND wake_at > ?
          """),
      arguments: [now ?? Timestamp(milliseconds: .min)])
  }
}
