import CSMCore
import GRDB

// Why lines failed, are held, or make no progress, grouped by reason.

extension JobTable {
  /// Lines in one state for the same reason.
  package struct Cause: Sendable, Equatable {
    /// `FAILED`, `HELD`, or a state in which csmd works on the lines.
    package let state: JobState.Name
    /// The class of the error.
    package let kind: String
    /// What fal or csmd said about the first line.
    package var message: String?
    /// The number of lines.
    package let lines: Int
    /// The first lines, in the order they were added.
    package var first: [LineName] = []
  }

  /// The most lines to name for each reason.
  private static let firstMax = 5

  /// Why lines failed, are held, are in doubt or make no progress, the most frequent reason first.
  ///
  /// - Parameter withEnded: also includes FAILED and HELD lines.
  static func causes(_ db: Database, of isWanted: SQL, withEnded: Bool) throws -> [Cause] {
    let ended: SQL = withEnded ? ", 'FAILED', 'HELD'" : ""
    // Only the rows of named lines are read.
    let rows: SQLRequest<Row> = """
      SELECT job.state, job.error_class, job.error, found.lines, batch.name, item.line
      FROM (
        SELECT job.id AS job_id, item.id AS item_id, count(*) OVER reason AS lines,
          row_number() OVER (reason ORDER BY item.id) AS place
        FROM job INDEXED BY job_trouble
        CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
        WHERE job.state IN ('UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'\(ended))
          AND job.error_class IS NOT NULL AND item.former IS NULL AND \(isWanted)
        WINDOW reason AS (PARTITION BY job.state, job.error_class)
      ) AS found
      CROSS JOIN job ON job.id = found.job_id
      CROSS JOIN batch_item AS item ON item.id = found.item_id
      CROSS JOIN batch ON batch.id = item.batch_id
      WHERE found.place <= \(firstMax)
      ORDER BY job.state, found.lines DESC, job.error_class, found.place
      """
    return try rows.fetchAll(db).reduce(into: []) { causes, row in
      guard let state = JobState.Name(rawValue: row["state"]) else { return }
      let kind: String = row["error_class"] ?? ""
      if causes.last?.state != state || causes.last?.kind != kind {
        causes.append(
          Cause(state: state, kind: kind, message: row["error"], lines: row["lines"]))
      }
      causes[causes.count - 1].first.append(.init(batch: row["name"], line: row["line"]))
    }
  }
}
