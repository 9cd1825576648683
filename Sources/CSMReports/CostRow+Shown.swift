import CSMCore
import CSMSQLite

// The costs of a group of jobs, for scripts.

extension JobTable.CostRow {
  package func json(by grouping: JobTable.CostGrouping?) -> JSONObject {
    let costs: JSONObject = [
      "jobs": jobs, "chars": characters, "estimated_usd": estimated?.decimal,
      "reserved_usd": reserved.decimal, "unknown_usd": unknown.decimal,
      "assumed_usd": assumed.decimal, "settled_usd": settled.decimal, "spent_usd": spent.decimal,
      "rerolls_usd": rerolls?.decimal,
    ]
    return grouping.map { costs.adding($0.rawValue, name) } ?? costs
  }
}
