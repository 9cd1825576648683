import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

// The report as scripts read it.

extension StatusReport: Encodable {
  enum CodingKeys: String, CodingKey {
    case batch, gates, budgets, lines, total, open, eta, running, causes
    case formerOpen = "former_open"
    case keeper = "locked_by"
    case logBytes = "grown_log_bytes"
    case logReaders = "grown_log_read_by"
    case takesEndedBadly = "takes_ended_badly"
    case waitingForTurns = "waiting_for_turns"
    case perMinute = "per_minute"
    case remaining = "remaining_s"
    case cost = "cost_usd"
    case projected = "projected_usd"
    case oldest = "oldest_open_at"
    case balance = "balance_usd"
    case balanceReadAt = "balance_read_at"
    case balanceReaches = "balance_reaches_line"
    case clockOffset = "fal_clock_ahead_s"
  }

  private struct GateJSON: Encodable {
    let name: String
    let reason: String
    let since: String
    let probeAt: String?

    enum CodingKeys: String, CodingKey {
      case name, reason, since
      case probeAt = "probe_at"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(name, forKey: .name)
      try values.encode(reason, forKey: .reason)
      try values.encode(since, forKey: .since)
      try values.encode(probeAt, forKey: .probeAt)
    }
  }

  private struct CauseJSON: Encodable {
    let state: String
    let errorClass: String
    let lines: Int
    /// The first of them, as BATCH:LINE.
    let first: [String]

    init(_ cause: JobTable.Cause) {
      state = cause.state.rawValue
      errorClass = cause.kind
      lines = cause.lines
      first = cause.first.map { "\($0.batch):\($0.line)" }
    }

    enum CodingKeys: String, CodingKey {
      case state, lines, first
      case errorClass = "error_class"
    }
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(batch, forKey: .batch)
    try values.encode(
      standing.gates.map {
        GateJSON(
          name: $0.name.rawValue, reason: $0.reason, since: $0.since.rfc3339,
          probeAt: $0.probeAt?.rfc3339)
      }, forKey: .gates)
    try values.encode(standing.budgets.map(BudgetJSON.init(budget:)), forKey: .budgets)
    try values.encode(standing.formerOpen, forKey: .formerOpen)
    try values.encode(standing.takesEndedBadly, forKey: .takesEndedBadly)
    let lines = JobState.Name.allCases.map { ($0.rawValue, count($0)) }
    try values.encode(Dictionary(uniqueKeysWithValues: lines), forKey: .lines)
    try values.encode(standing.waitingForTurns, forKey: .waitingForTurns)
    try values.encode(standing.causes.map(CauseJSON.init), forKey: .causes)
    try values.encode(total, forKey: .total)
    try values.encode(open, forKey: .open)
    try values.encode(perMinute, forKey: .perMinute)
    try values.encode(remaining?.seconds, forKey: .remaining)
    try values.encode(remaining.map { (now + $0).rfc3339 }, forKey: .eta)
    try values.encode(standing.cost.decimal, forKey: .cost)
    try values.encode(projected.decimal, forKey: .projected)
    try values.encode(standing.oldestOpen?.rfc3339, forKey: .oldest)
    try values.encode(standing.reach?.left.decimal, forKey: .balance)
    try values.encode(standing.reach?.account.readAt.rfc3339, forKey: .balanceReadAt)
    try values.encode(standing.reach?.line, forKey: .balanceReaches)
    try values.encode(standing.account?.clockOffset?.seconds, forKey: .clockOffset)
    try values.encode(isRunning, forKey: .running)
    try values.encode(keeper?.holder?.process, forKey: .keeper)
    try values.encode(grownLog?.bytes, forKey: .logBytes)
    try values.encode(grownLog?.readers.map(\.process), forKey: .logReaders)
  }
}
