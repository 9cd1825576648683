import CSMCore
import GRDB

// Lines for a person who scrolls: a stretch of the list at a time, in transactions of milliseconds,
// however many lines there are.

/// A place in the list, just after a line of a job.
package struct LinePlace: Sendable, Equatable {
  package let job: Job.ID
  package let item: Int64

  package init(job: Job.ID, item: Int64) {
    self.job = job
    self.item = item
  }

  /// Before all lines.
  package static let start = LinePlace(job: 0, item: 0)
}

/// A stretch of the list.
package struct LineStretch: Sendable {
  package var lines: [LineRow] = []
  /// Where the next stretch begins; nil after the last line.
  package var next: LinePlace?
  /// How many lines were examined.
  package var looked = 0
}

extension JobTable {
  /// Up to this many lines, a batch is sorted in the order it was added.
  ///
  /// A longer one comes in the order of its jobs, which differs only for lines that share a job.
  package static let sortedMax = 100_000

  /// The lines from an offset on, of a batch or all, in these states or any; ended ones only if sorted by
  /// end.
  ///
  /// Either an index has the order, so only ids are skipped, or there are few enough lines to sort.
  ///
  /// - Parameter sortedMax: how many lines can be sorted while somebody waits.
  /// - Throws: `TooMany` if no index has the order and there are too many lines to sort.
  package func browse(
    states: Set<JobState.Name>, batch: String?, order: LineOrder = .added, offset: Int, limit: Int,
    sortedMax: Int = sortedMax
  ) throws -> [LineRow] {
    try read { db in
      let batchID = try batch.map { try Self.batchID($0, db) }
      let inStates: SQL =
        states.isEmpty ? "" : "AND job.state IN \(states.map(\.rawValue).sorted())"
      let inBatch: SQL = batchID.map { "AND item.batch_id = \($0)" } ?? ""
      let isEnded: SQL = order.key == .ended ? "AND job.finished_at IS NOT NULL" : ""
      let (source, terms) = try Self.walk(order, states, batchID, sortedMax, db)
      let ids: SQLRequest<Int64> = """
        SELECT item.id
        FROM \(source)
        WHERE item.former IS NULL \(inStates) \(inBatch) \(isEnded)
        ORDER BY \(terms)
        LIMIT \(limit) OFFSET \(offset)
        """
      return try Self.rows(ids.fetchAll(db), db).lines
    }
  }

  /// No index has the requested order, and there are too many lines to sort.
  package struct TooMany: Error {
    package let linesMax: Int
  }

  /// The source to walk, and the terms of the ORDER BY.
  private static func walk(
    _ order: LineOrder, _ states: Set<JobState.Name>, _ batch: Int64?, _ sortedMax: Int,
    _ db: Database
  ) throws -> (source: SQL, terms: SQL) {
    let down: SQL = order.isReversed ? "DESC" : "ASC"
    if order.key == .added {
      let isShort = try batch != nil && isShort(batch, sortedMax, db)
      return (
        source(states, batch),
        isShort ? "item.id \(down)" : "item.job_id \(down), item.id \(down)"
      )
    }
    if try isShort(batch, sortedMax, db) {
      return (
        """
        batch_item AS item INDEXED BY \(index(ofBatch: batch != nil))
        CROSS JOIN job ON job.id = item.job_id
        CROSS JOIN batch ON batch.id = item.batch_id
        """, order.terms
      )
    }
    let (index, terms): (SQL, SQL) =
      switch order.key {
      case .state: ("job_state", "job.state \(down), job.id \(down), item.id \(down)")
      case .ended: ("job_finished", "job.finished_at \(down), job.id \(down), item.id \(down)")
      default: throw TooMany(linesMax: sortedMax)
      }
    return (
      """
      job INDEXED BY \(index)
      CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
      """, terms
    )
  }

  /// Searches for lines from a place on, until enough are found or the time is over.
  ///
  /// - Parameters:
  ///   - selection: without ids.
  ///   - isWanted: a filter that the table cannot apply.
  ///   - isOver: checked between transactions.
  package func search(
    _ selection: Selection, after place: LinePlace, limit: Int,
    where isWanted: (LineRow) -> Bool, until isOver: () -> Bool
  ) throws -> LineStretch {
    var stretch = LineStretch(next: place)
    while let place = stretch.next, stretch.lines.count < limit {
      try read { db in
        let places = try Self.places(after: place, batch: selection.batch, db)
        stretch.looked += places.count
        stretch.next = places.count < Self.window ? nil : places.last
        let found = try Self.rows(Self.ids(selection, among: places, db), db)
        for (line, item) in zip(found.lines, found.places) where isWanted(line) {
          stretch.lines.append(line)
          guard stretch.lines.count == limit else { continue }
          // The next stretch begins with the rest of the window.
          stretch.next = item
          break
        }
      }
      if isOver() { break }
    }
    return stretch
  }

  // MARK: Ids

  /// Lines examined in one transaction.
  private static let window = 2000

  /// A batch's row id; -1 if there is no such batch.
  static func batchID(_ name: String, _ db: Database) throws -> Int64 {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM batch WHERE name = ?"), arguments: [name]) ?? -1
  }

  /// The condition for rows of a batch, or for all rows.
  static func isIn(batch: String?, _ db: Database) throws -> SQL {
    try batch.map { "batch_id = \(try batchID($0, db))" } ?? "TRUE"
  }

  /// The index that has the lines of a batch, or all lines, in the order of their jobs.
  private static func index(ofBatch isOfBatch: Bool) -> SQL {
    isOfBatch ? "batch_item_batch" : "batch_item_job"
  }

  /// Whether a batch, or the whole table, has at most `sortedMax` lines.
  private static func isShort(
    _ batch: Int64?, _ sortedMax: Int, _ db: Database
  ) throws -> Bool {
    let isIn: SQL = batch.map { "batch_id = \($0)" } ?? "true"
    let index = index(ofBatch: batch != nil)
    let beyond: SQLRequest<Int> = """
      SELECT 1
      FROM batch_item INDEXED BY \(index)
      WHERE \(isIn) AND former IS NULL
      LIMIT 1 OFFSET \(sortedMax)
      """
    return try beyond.fetchOne(db) == nil
  }

  /// The source to walk: the few jobs of rare states, the lines of a batch, or all lines.
  private static func source(_ states: Set<JobState.Name>, _ batch: Int64?) -> SQL {
    let common: Set<JobState.Name> = [.queued, .stored]
    let byState: SQL = """
      job INDEXED BY job_state
      CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
      """
    if !states.isEmpty, states.isDisjoint(with: common) { return byState }
    if states.count == 1, batch == nil { return byState }
    let index = index(ofBatch: batch != nil)
    return states.isEmpty
      ? "batch_item AS item INDEXED BY \(index)"
      : """
      batch_item AS item INDEXED BY \(index)
      CROSS JOIN job ON job.id = item.job_id
      """
  }

  private static func places(
    after place: LinePlace, batch: String?, _ db: Database
  ) throws -> [LinePlace] {
    let inBatch: SQL = try batch.map { "AND item.batch_id = \(try batchID($0, db))" } ?? ""
    let index = index(ofBatch: batch != nil)
    let request: SQLRequest<Row> = """
      SELECT item.job_id, item.id
      FROM batch_item AS item INDEXED BY \(index)
      WHERE item.former IS NULL \(inBatch)
        AND item.job_id >= \(place.job) AND (item.job_id, item.id) > (\(place.job), \(place.item))
      ORDER BY item.job_id, item.id
      LIMIT \(window)
      """
    return try request.fetchAll(db).map { LinePlace(job: $0[0], item: $0[1]) }
  }

  private static func ids(
    _ selection: Selection, among places: [LinePlace], _ db: Database
  ) throws -> [Int64] {
    let condition = try selection.condition(db)
    let request: SQLRequest<Int64> = """
      SELECT item.id
      \(source(places.map(\.item)))
      WHERE \(condition)
      ORDER BY place.key
      """
    return try request.fetchAll(db)
  }

  // MARK: Rows

  /// The lines with these row ids; `place.key` has their order.
  private static func source(_ ids: [Int64]) -> SQL {
    let list = "[\(ids.map(String.init).joined(separator: ","))]"
    return """
      FROM json_each(\(list)) AS place
      CROSS JOIN batch_item AS item ON item.id = place.value
      CROSS JOIN batch ON batch.id = item.batch_id
      CROSS JOIN job ON job.id = item.job_id
      """
  }

  /// The lines with these row ids, in this order.
  private static func rows(
    _ ids: [Int64], _ db: Database
  ) throws -> (lines: [LineRow], places: [LinePlace]) {
    let request: SQLRequest<Row> = """
      SELECT \(LineRow.columns), item.id AS item_id
      \(source(ids))
      LEFT JOIN object ON object.digest = job.digest
      ORDER BY place.key
      """
    var hearings = Hearings()
    var places: [LinePlace] = []
    let lines = try request.fetchAll(db).map { row in
      places.append(LinePlace(job: row["id"], item: row["item_id"]))
      return try LineRow(row: row, &hearings, db)
    }
    return (lines, places)
  }
}
