import CSMCore
import GRDB

// What the checks of audio say of a batch, and what came of speaking lines again.

extension JobTable {
  /// What a person should know of the audio of a batch.
  package struct Heard: Sendable, Equatable {
    /// Lines that were looked at, where that was a sample; else nil.
    package var sample: Int?
    /// Lines whose audio has a check, the worst checks first.
    package var checks: [AudioCheck: Int] = [:]
    /// Lines that have any, and those of them that have one that is bad.
    package var marked = 0
    package var bad = 0
    /// Lines that csmd has spoken again, those that are good now (nil where a sample was looked at), and those
    /// whose takes have not all ended.
    package var rerolled = 0
    package var rescued: Int? = 0
    package var pending = 0
    /// What the takes cost that csmd added, so far.
    package var rerollCost = Money.zero
    /// The check for which csmd adds no more takes; nil where it may.
    package var stopped: AudioCheck?

    package init() {}
  }

  /// A batch of more lines with audio is judged by a sample where there is no time: half a second of work.
  package static let heardMax = 10_000
  /// The places in the batch that are looked at then, and the lines at each.
  private static let samplePlaces: Int64 = 20
  private static let linesAPlace = 20

  /// Judges the audio of the lines of a batch: some fifty milliseconds for a thousand lines.
  ///
  /// - Parameter max: of a batch with more audio, some hundred lines from all parts of it are judged.
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
      try lines(selection, in: .added, limit: nil) { heard.add($0) }
    }
    return heard
  }

  /// Lines with audio from all parts of a batch.
  private static func sample(of batch: Int64, _ db: Database) throws -> [LineRow] {
    let range = try Row.fetchOne(
      db,
      sql: """
        SELECT (SELECT min(job_id) FROM batch_item WHERE batch_id = :batch) AS first,
          (SELECT max(job_id) FROM batch_item WHERE batch_id = :batch) AS last
        """, arguments: ["batch": batch])
    guard let range, let first: Int64 = range["first"], let last: Int64 = range["last"] else {
      return []
    }
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
          SELECT count(DISTINCT item.line) AS lines,
            count(DISTINCT iif(job.state IN \(States.ended), NULL, item.line)) AS pending,
            (
              SELECT \(saturatingSum("cost"))
              FROM submission
              WHERE job_id IN (
                SELECT job.id \(takes) WHERE job.is_reroll = 1 AND batch.name = :batch)) AS cost
          \(takes)
          WHERE job.is_reroll = 1 AND batch.name = :batch
            AND (item.former IS NULL OR item.former = 'retaken')
          """, arguments: ["batch": batch])
      heard.rerolled = row?["lines"] ?? 0
      heard.pending = row?["pending"] ?? 0
      heard.rerollCost = Money(microDollars: row?["cost"] ?? 0)
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
