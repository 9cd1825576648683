import CSMCore
import GRDB

// Rerolls: further takes of the same words, beside the present ones.

extension JobTable {
  /// The result of a reroll.
  package struct Rerolling: Sendable, Equatable {
    /// Lines selected.
    package var selected = 0
    /// Selected lines that have not ended, so they are left alone.
    package var open = 0
    /// Selected lines with a held take while other turns wait for its audio; it needs `retry` or `cancel`
    /// first.
    package var needed = 0
    /// Later turns that heard none of the new takes, so they are left alone.
    package var unheard = 0
    /// Lines with new takes that stay pinned to the take that a person chose.
    package var pinned = 0
    /// Lines with new takes.
    package var lines = 0
    /// New jobs, their characters and their cost.
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
  ///   - isOnward: also speaks again the later turns that heard the selected ones, each after the new
  ///     takes.
  ///   - costMax: the highest cost that needs no consent; nil for no limit.
  /// - Throws: `TooDear` if they cost more (then nothing is changed), or `TableError`.
  package func reroll(
    _ selection: Selection, takes: Int, isOnward: Bool = false, price: Price, costMax: Money? = nil,
    at now: Timestamp
  ) throws -> Rerolling {
    try write { db in
      var rerolling = Rerolling()
      let rows = try Self.originals(selection, isOnward: isOnward, db)
      rerolling.selected = rows.count
      // Lines with the same words share their new takes.
      var newest: [Job.ID: [Job.ID]] = [:]
      // By earlier take, the new take that replaces it in the context of later turns.
      var replaced: [Job.ID: Job.ID] = [:]
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
        if !row["is_selected"],
          try !Self.needs(of: old, db).contains(where: { replaced[$0] != nil })
        {
          rerolling.unheard += 1
          continue
        }
        let jobs =
          try newest[old]
          ?? Self.insert(takes, of: row, after: replaced, price, &rerolling, db, now)
        newest[old] = jobs
        if isOnward {
          for take in try Self.takes(of: row["item"], db) { replaced[take] = jobs.last }
        }
        if row["is_pinned"], row["has_audio"] { rerolling.pinned += 1 }
        try ShownTake.offer(jobs, to: row["item"], hasAudio: row["has_audio"], db)
        rerolling.lines += 1
      }
      try TooDear.demand(rerolling.cost, atMost: costMax)
      return rerolling
    }
  }

  /// The lines to be spoken again, and whether they can be.
  private static func originals(
    _ selection: Selection, isOnward: Bool, _ db: Database
  ) throws -> [Row] {
    let selected = try selection.condition(db)
    let condition = isOnward ? withFollowers(of: selected) : selected
    let isSelected: SQL = isOnward ? "(\(selected)) IS TRUE" : "TRUE"
    let request: SQLRequest<Row> = """
      SELECT item.id AS item, item.is_pinned, job.state = 'STORED' AS has_audio, \(NewTake.columns),
        job.state IN \(sql: States.ended) AND NOT EXISTS (
          SELECT 1
          FROM batch_item AS take
          CROSS JOIN job AS other ON other.id = take.job_id
          WHERE take.batch_id = item.batch_id AND take.line = item.line
            AND take.former = 'retaken'
            AND other.state NOT IN \(sql: States.ended)) AS is_ended,
        EXISTS (
          SELECT 1
          FROM batch_item AS take
          CROSS JOIN job ON job.id = take.job_id AND job.state = 'HELD'
          WHERE \(sql: ShownTake.isTake(of: "item")) AND \(sql: isNeeded)) AS is_needed,
        \(isSelected) AS is_selected
      \(LineRow.source)
      WHERE item.former IS NULL AND \(condition)
      ORDER BY item.id
      """
    return try request.fetchAll(db)
  }

  /// The selected lines, those whose turns heard any of their takes, and so on.
  private static func withFollowers(of selected: SQL) -> SQL {
    """
    item.id IN (
      WITH RECURSIVE heard (id, batch_id, line) AS (
        SELECT item.id, item.batch_id, item.line \(LineRow.source)
        WHERE item.former IS NULL AND \(selected)
        UNION
        SELECT item.id, item.batch_id, item.line
        FROM heard
        CROSS JOIN batch_item AS take ON \(sql: ShownTake.isTake(of: "heard"))
        CROSS JOIN job_need AS need ON need.needs_id = take.job_id
        CROSS JOIN batch_item AS item ON item.job_id = need.job_id
          AND item.batch_id = heard.batch_id AND item.former IS NULL
      )
      SELECT id FROM heard)
    """
  }

  private static func takes(of line: Int64, _ db: Database) throws -> [Job.ID] {
    try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT take.job_id
          FROM batch_item AS item
          CROSS JOIN batch_item AS take ON \(ShownTake.isTake(of: "item"))
          WHERE item.id = ?
          """), arguments: [line])
  }

  /// Creates jobs for the next takes that do not exist yet.
  private static func insert(
    _ count: Int, of row: Row, after replaced: [Job.ID: Job.ID], _ price: Price,
    _ rerolling: inout Rerolling, _ db: Database,
    _ now: Timestamp
  ) throws -> [Job.ID] {
    var take = try NewTake(of: row)
    take.replaced = replaced
    let jobs = try (0..<count).map { _ in try take.insert(db, at: now) }
    rerolling.queued += count
    rerolling.characters += count * take.request.characters
    for _ in jobs {
      rerolling.cost = rerolling.cost + price.of(characters: take.request.characters)
    }
    return jobs
  }
}
