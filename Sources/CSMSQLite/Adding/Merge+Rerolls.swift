import CSMCore
import GRDB

extension Merge {
  /// Sets how many takes csmd may add to a line of the batch, and counts the lines that may get more of them
  /// than before.
  ///
  /// Those are the lines that the batch already has, and that are not spoken yet: csmd decides about another
  /// take when audio arrives.
  func settleRerolls(
    _ db: Database, _ batch: Int64, isFirst: Bool, _ summary: inout AdditionSummary
  ) throws {
    let before = try count(db, "SELECT rerolls FROM batch WHERE id = \(batch)")
    if let rerolls = addition.rerolls ?? (isFirst ? addition.newRerolls : nil) {
      try db.execute(
        sql: "UPDATE batch SET rerolls = ?, rerolls_stopped = NULL WHERE id = ?",
        arguments: [rerolls, batch])
    }
    summary.rerolls = try count(db, "SELECT rerolls FROM batch WHERE id = \(batch)")
    guard summary.rerolls > before, !isFirst else { return }
    summary.moreRerolls = summary.rerolls - before
    let waiting = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(lines), 0) AS lines, \(saturatingSum(Price.column)) AS cost
        FROM (
          SELECT job_id, count(*) AS lines
          FROM batch_item
          WHERE batch_id = :batch AND former IS NULL
            AND id NOT IN (SELECT item_id FROM temp.staged WHERE NOT is_same)
          GROUP BY job_id) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        WHERE job.state IN \(States.open)
        """, arguments: ["batch": batch, "price": addition.price.perThousand])
    summary.waiting = waiting?["lines"] ?? 0
    summary.waitingCost = waiting?["cost"] ?? .zero
  }
}
