import CSMCore
import GRDB

// New takes of lines: their words spoken once more, beside what is there.

extension JobTable {
  /// What speaking lines again came to.
  package struct Rerolling: Sendable, Equatable {
    /// Lines that were selected.
    package var selected = 0
    /// Those of them that have not ended yet: nothing to be spoken again.
    package var open = 0
    /// Those that are held while other turns wait for their audio: `retry` or `cancel` is to be said first.
    package var needed = 0
    /// Lines with new takes that stay what a person chose.
    package var pinned = 0
    /// Lines with new takes.
    package var lines = 0
    /// New jobs, their characters, and what they cost.
    package var queued = 0
    package var characters = 0
    package var cost = Money.zero
  }

  /// Queues new takes of the selected lines that have ended; durable on return.
  ///
  /// Lines with audio keep it until a new take is stored; see `ShownTake`.
  ///
  /// - Parameters:
  ///   - takes: how many new takes of each line.
  ///   - costMax: what they may cost without a person's word on it; nil for anything.
  /// - Throws: `TooDear` where they cost more (nothing is changed then), or `TableError`.
  package func reroll(
    _ selection: Selection, takes: Int, price: Price, costMax: Money? = nil, at now: Timestamp
  ) throws -> Rerolling {
    try write { db in
      var rerolling = Rerolling()
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS item, item.is_pinned, job.state = 'STORED' AS has_audio, \(NewTake.columns),
          job.state IN \(sql: States.ended) AND NOT EXISTS (
            SELECT 1
            FROM batch_item AS take
            CROSS JOIN job AS other ON other.id = take.job_id
            WHERE take.batch_id = item.batch_id AND take.line = item.line
              AND take.former = 'retaken'
              AND other.state NOT IN \(sql: States.ended)) AS is_ended,
          job.state = 'HELD' AND EXISTS (
            SELECT 1
            FROM job_need
            CROSS JOIN job AS next ON next.id = job_need.job_id
            WHERE job_need.needs_id = job.id AND next.waits_for = 'turns') AS is_needed
        \(LineRow.source)
        WHERE item.former IS NULL AND \(condition)
        ORDER BY item.id
        """
      let rows = try request.fetchAll(db)
      rerolling.selected = rows.count
      // Lines with the same words follow together.
      var newest: [Job.ID: [Job.ID]] = [:]
      for row in rows {
        guard row["is_ended"] else {
          rerolling.open += 1
          continue
        }
        guard !row["is_needed"] else {
          rerolling.needed += 1
          continue
        }
        let old: Job.ID = row["id"]
        let jobs =
          try newest[old] ?? Self.insert(takes, of: row, price, &rerolling, db, now)
        newest[old] = jobs
        if row["is_pinned"] { rerolling.pinned += 1 }
        try ShownTake.offer(jobs, to: row["item"], hasAudio: row["has_audio"], db)
        rerolling.lines += 1
      }
      try TooDear.demand(rerolling.cost, atMost: costMax)
      return rerolling
    }
  }

  /// Makes jobs of the takes that nobody has yet.
  private static func insert(
    _ count: Int, of row: Row, _ price: Price, _ rerolling: inout Rerolling, _ db: Database,
    _ now: Timestamp
  ) throws -> [Job.ID] {
    var take = try NewTake(of: row)
    let jobs = try (0..<count).map { _ in try take.insert(db, at: now) }
    rerolling.queued += count
    rerolling.characters += count * take.request.characters
    for _ in jobs { rerolling.cost = rerolling.cost + price.of(characters: take.request.characters) }
    return jobs
  }
}
