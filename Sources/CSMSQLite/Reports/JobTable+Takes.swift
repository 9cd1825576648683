import CSMCore
import GRDB

// Lines with all takes of their words.

extension JobTable {
  /// A line with all takes of its words, at one moment.
  package struct LineWithTakes: Sendable {
    package let line: LineRow
    /// The first take first; includes the line's own.
    package let takes: [LineRow]
  }

  /// Passes the selected lines with their takes to `each`, in the order they were added, some hundred at a time
  /// and in constant memory.
  ///
  /// The selection is fixed at the beginning, and no transaction is open while `each` runs; see `lines`.
  package func linesWithTakes(
    _ selection: Selection, each: ([LineWithTakes]) throws -> Void
  ) throws {
    let total = try choose(selection, in: .added, offset: 0, limit: nil)
    var hearings = Hearings()
    for start in stride(from: 0, to: total, by: Self.pageSize) {
      let page = try read { db in
        // A line that was removed meanwhile is skipped.
        let lines = try Self.page(db, after: start, &hearings).filter { $0.former == nil }
        let others = try Self.otherTakes(db, after: start, &hearings)
        return lines.map { line in
          let takes = [line] + (others[line.name] ?? [])
          return LineWithTakes(line: line, takes: takes.sorted { $0.take < $1.take })
        }
      }
      try each(page)
    }
  }

  /// The takes that the lines of a page do not show.
  private static func otherTakes(
    _ db: Database, after start: Int, _ hearings: inout Hearings
  ) throws -> [LineName: [LineRow]] {
    let request: SQLRequest<Row> = """
      SELECT \(LineRow.columns)
      FROM temp.chosen
      CROSS JOIN batch_item AS meant ON meant.id = chosen.item_id
      CROSS JOIN batch_item AS item ON item.batch_id = meant.batch_id AND item.line = meant.line
        AND item.former = 'retaken'
      CROSS JOIN batch ON batch.id = item.batch_id
      CROSS JOIN job ON job.id = item.job_id
      LEFT JOIN object ON object.digest = job.digest
      WHERE chosen.n > \(start) AND chosen.n <= \(start + pageSize)
      """
    var takes: [LineName: [LineRow]] = [:]
    for row in try request.fetchAll(db) {
      let take = try LineRow(row: row, &hearings, db)
      takes[take.name, default: []].append(take)
    }
    return takes
  }
}
