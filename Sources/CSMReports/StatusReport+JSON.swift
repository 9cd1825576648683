import CSMCore
import CSMFiles
import CSMSQLite

// The report for scripts.

extension StatusReport {
  package var json: JSONObject {
    [
      "batch": batch, "gates": standing.gates.map(\.json),
      "budgets": standing.budgets.map(\.json), "former_open": standing.formerOpen,
      "takes_ended_badly": standing.takesEndedBadly, "lines": lines,
      "waiting_for_turns": standing.waitingForTurns, "causes": standing.causes.map(\.json),
      "total": total, "open": open, "per_minute": perMinute, "remaining_s": remaining?.seconds,
      "eta": remaining.map { (now + $0).rfc3339 }, "cost_usd": standing.cost.decimal,
      "projected_usd": projected.decimal, "oldest_open_at": standing.oldestOpen?.rfc3339,
      "balance_usd": standing.reach?.left.decimal,
      "balance_read_at": standing.reach?.account.readAt.rfc3339,
      "balance_reaches_line": standing.reach?.line,
      "fal_clock_ahead_s": standing.account?.clockOffset?.seconds, "running": isRunning,
      "audio": heard?.json,
      "locked_by": keeper?.holder?.process, "grown_log_bytes": grownLog?.bytes,
      "grown_log_read_by": grownLog?.readers.map(\.process),
    ]
  }

  /// The number of lines in each state, by the state's name.
  private var lines: [String: Int] {
    Dictionary(uniqueKeysWithValues: JobState.Name.allCases.map { ($0.rawValue, count($0)) })
  }
}

extension Gate {
  fileprivate var json: JSONObject {
    [
      "name": name.rawValue, "reason": reason, "since": since.rfc3339, "probe_at": probeAt?.rfc3339,
    ]
  }
}

extension JobTable.Cause {
  fileprivate var json: JSONObject {
    [
      "state": state.rawValue, "error_class": kind, "lines": lines,
      "first": first.map(\.description),
    ]
  }
}
