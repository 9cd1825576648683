import CSMCore
import GRDB

// What the ids that a person gives refer to.

extension Selection {
  /// What the ids refer to.
  struct Named {
    /// Rows of `batch_item`.
    var items: [Int64] = []
    var jobs: [Job.ID] = []
    /// Ids that match nothing.
    var unknown: [String] = []
  }

  /// Finds what each id refers to.
  ///
  /// The first that matches wins: a line with this id in the selected batch; a line that had this id
  /// before its number got more digits; all lines that match a pattern; the job with this number.
  func resolved(_ db: Database) throws -> Named {
    var named = Named()
    for id in ids {
      var items = try rows(id, db) { "item.line = \($0)" }
      if items.isEmpty { items = try rows(id, db) { Self.renumbered($0) ?? "FALSE" } }
      if !mayNameSeveral { try demandOne(id, items, db) }
      if items.isEmpty, id.contains(where: "*?[".contains) {
        items = try rows(id, db) { "item.line GLOB \($0)" }
      }
      named.items += items
      guard items.isEmpty else { continue }
      let job = try Job.ID(id).flatMap {
        try Job.ID.fetchOne(db, sql: "SELECT id FROM job WHERE id = ?", arguments: [$0])
      }
      if let job { named.jobs.append(job) } else { named.unknown.append(id) }
    }
    for line in lines {
      let items = try rows(line, db)
      named.items += items
      if items.isEmpty { named.unknown.append(line.description) }
    }
    return named
  }

  /// The rows of a line, limited by `age`.
  private func rows(_ name: JobTable.LineName, _ db: Database) throws -> [Int64] {
    let request: SQLRequest<Int64> = """
      SELECT item.id
      FROM batch
      CROSS JOIN batch_item AS item ON item.batch_id = batch.id
      WHERE \(isMeant) AND batch.name = \(name.batch) AND item.line = \(name.line)
      """
    return try request.fetchAll(db)
  }

  /// The rows of the lines that an id names, with or without its batch and a colon before it.
  ///
  /// - Parameter isNamed: the condition on a line, given the line's part of the id.
  private func rows(_ id: String, _ db: Database, _ isNamed: (String) -> SQL) throws -> [Int64] {
    let lines: SQL = """
      SELECT item.id
      FROM batch
      CROSS JOIN batch_item AS item ON item.batch_id = batch.id
      WHERE \(isMeant)
      """
    let inBatch: SQL = batch.map { " AND batch.name = \($0)" } ?? ""
    var rows = try SQLRequest<Int64>(
      literal: "\(lines) AND \(isNamed(id))\(inBatch)"
    ).fetchAll(db)
    // Both a batch's name and a line's id may contain colons.
    for colon in id.indices where id[colon] == ":" {
      let (name, line) = (String(id[..<colon]), String(id[id.index(after: colon)...]))
      rows += try SQLRequest<Int64>(
        literal: "\(lines) AND batch.name = \(name) AND \(isNamed(line))"
      ).fetchAll(db)
    }
    return rows
  }

  /// Matches the line that `L7` names, whose id may be `L0007` in a longer batch; nil for other ids.
  private static func renumbered(_ line: String) -> SQL? {
    let digits = line.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let suffix = String(line.dropFirst(1 + digits.count))
    guard line.hasPrefix("L"), let number = Int(digits), suffix.isEmpty || suffix.hasPrefix(".")
    else { return nil }
    return """
      item.is_numbered
        AND item.line = printf('L%0*d', batch.line_width, \(number)) || \(suffix)
      """
  }

  /// Throws if lines of several batches match; lines that share a job count as one.
  private func demandOne(_ id: String, _ items: [Int64], _ db: Database) throws {
    guard batch == nil, items.count > 1 else { return }
    let request: SQLRequest<Row> = """
      SELECT batch.name, item.line, item.job_id
      FROM batch_item AS item
      CROSS JOIN batch ON batch.id = item.batch_id
      WHERE item.id IN \(items)
      ORDER BY item.id
      """
    let rows = try request.fetchAll(db)
    let batches: Set<String> = Set(rows.map { $0["name"] })
    let jobs: Set<Job.ID> = Set(rows.map { $0["job_id"] })
    guard let first = rows.first, batches.count > 1, jobs.count > 1 else { return }
    throw Ambiguity(id: id, example: .init(batch: first["name"], line: first["line"]))
  }
}

/// An id that matches lines of several batches, one of which must be named.
package struct Ambiguity: Error, CustomStringConvertible {
  let id: String
  let example: JobTable.LineName

  package init(id: String, example: JobTable.LineName) {
    self.id = id
    self.example = example
  }

  package var description: String {
    "\(id) is a line of several batches: name one as BATCH:LINE, such as "
      + ShellWord.quoted(example.description)
  }
}

extension JobTable {
  /// An id that matches neither a line nor a job.
  package struct UnknownID: Sendable {
    package let id: String
    /// Whether it is the name of a batch.
    package let isBatch: Bool
    /// The id of a line with nearly the same spelling; nil if there is none.
    package let nearest: String?

    /// A sentence such as `no line matches L0O1: did you mean L0001?`.
    package var sentence: String {
      if isBatch {
        return
          "no line matches \(id); there is a batch of this name: --batch \(ShellWord.quoted(id))"
      }
      return "no line matches \(id)"
        + (nearest.map { ": did you mean \(ShellWord.quoted($0))?" } ?? "")
    }
  }

  /// The ids of the selection that match neither a line nor a job.
  package func unknownIDs(in selection: Selection) throws -> [UnknownID] {
    try read { db in
      try selection.resolved(db).unknown.map { id in
        UnknownID(
          id: id, isBatch: try Self.hasBatch(db, id), nearest: try selection.nearest(to: id, db))
      }
    }
  }
}

extension Selection {
  /// The most lines that a misspelt id is compared with.
  private static let neighboursMax = 5000

  /// The id of the line that was probably meant.
  ///
  /// A slip usually leaves the first or the second half of an id intact, so few lines need comparing.
  fileprivate func nearest(to id: String, _ db: Database) throws -> String? {
    if batch == nil, let line = try nearest(behindBatchIn: id, db) { return line }
    let half = id.unicodeScalars.count / 2
    guard half > 0 else { return nil }
    let (first, last) = (
      String(String.UnicodeScalarView(id.unicodeScalars.prefix(half))),
      String(String.UnicodeScalarView(id.unicodeScalars.suffix(half)))
    )
    let inBatch: SQL = batch.map { "AND batch.name = \($0)" } ?? ""
    let neighbours: SQLRequest<String> = """
      SELECT DISTINCT item.line
      FROM batch
      CROSS JOIN batch_item AS item ON item.batch_id = batch.id
      WHERE \(isMeant) \(inBatch)
        AND length(item.line) BETWEEN \(half * 2 - 2) AND \(half * 2 + 3)
        AND (substr(item.line, 1, \(half)) = \(first) COLLATE NOCASE
          OR substr(item.line, \(-half)) = \(last) COLLATE NOCASE)
      LIMIT \(Self.neighboursMax)
      """
    return Spelling.nearest(to: id, among: try neighbours.fetchAll(db))
  }

  /// The same for an id with a batch before a colon.
  ///
  /// Either part may be misspelt, and both may contain colons.
  private func nearest(behindBatchIn id: String, _ db: Database) throws -> String? {
    let batches = try String.fetchAll(db, sql: "SELECT name FROM batch ORDER BY id DESC LIMIT 1000")
    for colon in id.indices where id[colon] == ":" {
      guard let name = Spelling.nearest(to: String(id[..<colon]), among: batches) else { continue }
      var within = self
      within.batch = name
      let line = String(id[id.index(after: colon)...])
      let isThere = try !within.rows(line, db) { "item.line = \($0)" }.isEmpty
      if let line = try isThere ? line : within.nearest(to: line, db) { return "\(name):\(line)" }
    }
    return nil
  }
}
