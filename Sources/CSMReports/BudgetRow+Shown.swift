import CSMCore
import CSMSQLite

// A budget as people and scripts read it.

extension JobTable.BudgetRow {
  /// What the batch may cost and does, and what to do where it waits for that.
  package var sentence: String {
    let money =
      "\(batch): $\(spent.dollars) of its budget of $\(limit.dollars) is spent or set aside"
    guard let nextCost else { return money }
    return money + "; the next line costs $\(nextCost.dollars), and "
      + "\(Figures.count(waiting, "job")) \(waiting == 1 ? "waits" : "wait"): csm-enqueue budget "
      + "\(ShellWord.quoted(batch)) USD"
  }

  package var json: JSONObject {
    [
      "batch": batch, "budget_usd": limit.decimal, "spent_usd": spent.decimal,
      "exhausted_at": exhaustedAt?.rfc3339, "next_cost_usd": nextCost?.decimal,
      "waiting": waiting,
    ]
  }
}
