import GRDB
import Synchronization

@testable import CSMSQLite

/// How SQLite runs a statement.
struct QueryPlan: CustomStringConvertible {
  let sql: String
  let steps: [String]
  var description: String { "\(sql)\n\(steps.map { "  -> \($0)" }.joined(separator: "\n"))\n" }

  /// The plans of the statements that a call runs.
  ///
  /// They are recorded while it runs, and then explained on the same connection with unbound parameters.
  static func all(of bench: Bench, _ call: () throws -> Void) throws -> [QueryPlan] {
    let statements = Mutex<[String]>([])
    let queue = bench.table.queue
    queue.inDatabase { db in
      db.trace { event in
        guard case .statement(let statement) = event else { return }
        statements.withLock { $0.append(statement.sql) }
      }
    }
    try call()
    queue.inDatabase { $0.trace(options: []) }
    let explainable = statements.withLock(\.self).filter { sql in
      ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
    }
    return try queue.inDatabase { db in
      try Set(explainable).sorted().map { sql in
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
        statement.setUncheckedArguments([])
        return QueryPlan(sql: sql, steps: try Row.fetchAll(statement).map { $0["detail"] })
      }
    }
  }
}
