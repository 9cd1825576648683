import CSMCore
import GRDB

// What was paid, and what will be.

extension JobTable {
  package enum CostGrouping: String, Sendable, CaseIterable {
    case batch, day, voice
  }

  /// The costs of a group of jobs.
  ///
  /// A job that several groups share counts in each of them.
  package struct CostRow: Sendable, Equatable {
    /// The batch, the UTC day of the submits, or the voice; nil for all jobs or no voice.
    package var name: String?
    package var jobs = 0
    package var characters = 0
    /// Queued jobs, which are not sent yet, at the current price; nil for a day.
    package var estimated: Money?
    /// Reserved for requests at fal, or on their way there.
    package var reserved = Money.zero
    /// Reserved for submits whose outcome is unknown.
    package var unknown = Money.zero
    /// Spoken, at the reserved price, because fal did not say what it billed.
    package var assumed = Money.zero
    /// What fal says it billed.
    package var settled = Money.zero
    /// The share of takes added by csmd; nil for a day.
    package var rerolls: Money?

    /// What counts against budgets.
    package var spent: Money { reserved + unknown + assumed + settled }
  }

  /// The total costs, or those of each group by name.
  package func costs(by grouping: CostGrouping?, price: Price) throws -> [CostRow] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: Self.sql(grouping), arguments: ["price": price.perThousand])
      return rows.map { row in
        func money(_ column: String) -> Money { row[column] ?? .zero }
        return CostRow(
          name: row["name"], jobs: row["jobs"], characters: row["chars"],
          estimated: row["estimated"],
          reserved: money("reserved"), unknown: money("unknown"),
          assumed: money("assumed"), settled: money("settled"),
          rerolls: row["rerolls"])
      }
    }
  }

  private static func sql(_ grouping: CostGrouping?) -> String {
    switch grouping {
    case nil: "SELECT NULL AS name, \(totals) FROM (\(jobs)) AS job"
    case .batch: grouped(by: "batch_id", "(SELECT name FROM batch WHERE id = part.name)")
    case .voice: grouped(by: "voice", "part.name")
    case .day: days
    }
  }

  /// One row for each name that lines give to their jobs.
  private static func grouped(by column: String, _ name: String) -> String {
    """
    SELECT \(name) AS name, \(totals)
    FROM (SELECT DISTINCT \(column) AS name, job_id FROM batch_item) AS part
    JOIN (\(jobs)) AS job ON job.id = part.job_id
    GROUP BY part.name
    ORDER BY 1
    """
  }

  private static let totals = """
    count(*) AS jobs, \(saturatingSum("chars")) AS chars, \(saturatingSum("estimated")) AS estimated,
    \(saturatingSum("reserved")) AS reserved, \(saturatingSum("unknown")) AS unknown,
    \(saturatingSum("assumed")) AS assumed, \(saturatingSum("settled")) AS settled,
    \(saturatingSum("rerolls")) AS rerolls
    """

  /// Each job with the cost of its submits.
  private static let jobs = """
    SELECT job.id, job.chars, iif(job.state = 'QUEUED', \(Price.column), 0) AS estimated, \(sums),
      \(cost("rerolls", "job.is_reroll"))
    FROM job
    LEFT JOIN submission ON submission.job_id = job.id
    GROUP BY job.id
    """

  /// An unsettled submit is at fal, spoken at the reserved price, or unknown.
  private static let sums = [
    cost("settled", "is_settled"),
    cost(
      "reserved",
      """
      NOT is_settled AND submission.generation = job.generation
        AND job.state IN ('SUBMITTING', 'IN_QUEUE', 'IN_PROGRESS')
      """),
    cost(
      "assumed",
      """
      NOT is_settled AND submission.generation = job.generation
        AND (job.state IN ('COMPLETED', 'STORED', 'FAILED', 'CANCELLED')
          OR (job.state = 'HELD' AND job.result IS NOT NULL))
      """),
    cost(
      "unknown",
      """
      NOT is_settled AND NOT (submission.generation = job.generation
        AND (job.state NOT IN ('QUEUED', 'UNKNOWN', 'HELD') OR job.result IS NOT NULL))
      """),
  ].joined(separator: ",\n")

  private static func cost(_ name: String, _ condition: String) -> String {
    "\(saturatingSum("submission.cost", where: condition)) AS \(name)"
  }

  /// The submits of each UTC day.
  private static let days = """
    SELECT date(submission.intent_at / 1000, 'unixepoch') AS name,
      count(DISTINCT job.id) AS jobs, \(saturatingSum("job.chars")) AS chars, NULL AS estimated, \(sums),
      NULL AS rerolls
    FROM submission
    JOIN job ON job.id = submission.job_id
    WHERE :price IS NOT NULL
    GROUP BY 1
    ORDER BY 1
    """
}
