/// SQL: a sum that saturates instead of overflowing; exact for every realistic amount of money.
func saturatingSum(_ expression: String, where condition: String? = nil) -> String {
  let filter = condition.map { " FILTER (WHERE \($0))" } ?? ""
  return "CAST(total(\(expression))\(filter) AS INTEGER)"
}
