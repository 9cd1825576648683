import CSMCore
import CSMSQLite

// A budget, for people and scripts.

extension JobTable.BudgetRow {
  /// How much of the budget is spent, and what to do if the batch waits for more.
  package var sentence: String {
    let money =
      "\(batch): $\(spent.dollars) of its budget of $\(limit.dollars) is spent or reserved"
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
