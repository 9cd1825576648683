import CSMCore
import GRDB

// What the audio checks found in a batch, and how its rerolls came out.

extension JobTable {
  /// What a person should know about the audio of a batch.
  package struct Heard: Sendable, Equatable {
    /// The number of sampled lines; nil if all were judged.
    package var sample: Int?
    /// Lines whose audio has each check.
    package var checks: [AudioCheck: Int] = [:]
    /// Lines with any check, and lines with a bad one.
    package var marked = 0
    package var bad = 0
    /// Lines that csmd rerolled, those that are good now, those with takes that have not ended, and those
    /// that keep the take that a person chose.
    ///
    /// `rescued` is nil if only a sample was judged.
    package var rerolled = 0
    package var rescued: Int? = 0
    package var pending = 0
    package var chosen = 0
    /// Lines for whose reroll a budget had no room.
    package var unpaid = 0
    /// What the takes added by csmd have cost so far.
    package var rerollCost = Money.zero
    /// The check that stopped csmd from adding takes; nil if it may add some.
    package var stopped: AudioCheck?
  }

  /// A batch with more audio is judged by a sample when time is short; this many take half a second.
  package static let heardMax = 10_000
  /// Sampled places in the batch, and lines at each.
  private static let samplePlaces: Int64 = 20
  private static let linesAPlace = 20

  /// Judges the audio of a batch; takes about 50 ms for a thousand lines.
  ///
  /// - Parameter max: if more lines have audio, a sample of some hundred from all parts of the batch is
  ///   judged.
  package func heard(batch: String, max: Int = .max) throws -> Heard {
    var heard = try rerolls(of: batch)
    var selection = Selection()
    selection.batch = batch
    selection.states = [.stored]
    if try count(selection) > max {
      let lines = try read { try Self.sample(of: Self.batchID(batch, $0), $0) }
      for line in lines { heard.add(line) }
      (heard.sample, heard.rescued) = (lines.count, nil)
    } else {
      try lines(selection, in: LineOrder(.batch), limit: nil) { heard.add($0) }
    }
    return heard
  }

  /// Lines with audio from all parts of a batch.
  private static func sample(of batch: Int64, _ db: Database) throws -> [LineRow] {
    guard let (first, last) = try jobs(of: batch, db) else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT item.id
        FROM (
          SELECT id, job_id
          FROM batch_item INDEXED BY batch_item_batch
          WHERE batch_id = ? AND job_id >= ? AND former IS NULL
          ORDER BY job_id
          LIMIT \(linesAPlace)) AS item
        CROSS JOIN job ON job.id = item.job_id AND job.state = 'STORED'
        """)
    let items = try (0..<samplePlaces).flatMap { place in
      let job = first + (last - first) / samplePlaces * place
      return try Int64.fetchAll(statement, arguments: [batch, job])
    }
    var hearings = Hearings()
    return try Array(LineRow.fetch(Array(Set(items)), &hearings, db).values)
  }

  /// The first and the last job of a batch; nil if it has no lines.
  static func jobs(of batch: Int64, _ db: Database) throws -> (first: Job.ID, last: Job.ID)? {
    let range = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT (SELECT min(job_id) FROM batch_item WHERE batch_id = :batch) AS first,
            (SELECT max(job_id) FROM batch_item WHERE batch_id = :batch) AS last
          """), arguments: ["batch": batch])
    guard let range, let first: Job.ID = range["first"], let last: Job.ID = range["last"] else {
      return nil
    }
    return (first, last)
  }

  private func rerolls(of batch: String) throws -> Heard {
    try read { db in
      var heard = Heard()
      let stopped = try String.fetchOne(
        db, sql: "SELECT rerolls_stopped FROM batch WHERE name = ?", arguments: [batch])
      heard.stopped = stopped.flatMap(AudioCheck.init(rawValue:))
      let takes = """
        FROM job INDEXED BY job_added
        CROSS JOIN batch_item AS item ON item.job_id = job.id
        CROSS JOIN batch ON batch.id = item.batch_id
        """
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*) FILTER (WHERE is_made) AS lines,
            count(*) FILTER (WHERE is_pending) AS pending,
            count(*) FILTER (WHERE is_made AND NOT is_pending AND is_chosen) AS chosen,
            count(*) FILTER (WHERE NOT is_made AND is_unpaid) AS unpaid,
            (
              SELECT \(saturatingSum("cost"))
              FROM submission
              WHERE job_id IN (
                SELECT job.id \(takes) WHERE job.is_reroll = 1 AND batch.name = :batch)) AS cost
          FROM (
            SELECT max(job.state <> 'CANCELLED') AS is_made,
              max(job.state NOT IN \(States.ended)) AS is_pending,
              max(job.error_class IS '\(Problem.noMoney)') AS is_unpaid,
              EXISTS (
                SELECT 1
                FROM batch_item AS line
                CROSS JOIN job AS shown ON shown.id = line.job_id AND shown.is_reroll = 0
                WHERE line.batch_id = item.batch_id AND line.line = item.line
                  AND line.former IS NULL AND line.is_pinned) AS is_chosen
            \(takes)
            WHERE job.is_reroll = 1 AND batch.name = :batch
              AND (item.former IS NULL OR item.former = 'retaken')
            GROUP BY item.line)
          """, arguments: ["batch": batch])
      heard.rerolled = row?["lines"] ?? 0
      heard.pending = row?["pending"] ?? 0
      heard.chosen = row?["chosen"] ?? 0
      heard.unpaid = row?["unpaid"] ?? 0
      heard.rerollCost = row?["cost"] ?? .zero
      return heard
    }
  }
}

extension JobTable.Heard {
  fileprivate mutating func add(_ line: LineRow) {
    for mark in line.marks { checks[mark.check, default: 0] += 1 }
    let isBad = line.marks.contains { $0.check.severity == .bad }
    if !line.marks.isEmpty { marked += 1 }
    if isBad { bad += 1 }
    if line.isReroll, !isBad, let rescued { self.rescued = rescued + 1 }
  }
}
