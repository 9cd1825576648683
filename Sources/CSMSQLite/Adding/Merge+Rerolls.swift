import CSMCore
import GRDB

extension Merge {
  /// Sets how many takes csmd may add to a line of the batch, and counts the lines that may get more of them
  /// than before.
  ///
  /// Those are the lines that the batch already has, spoken or not: csmd decides about another take when
  /// audio arrives, and again at the end of the batch (`SecondHearing`).
  func settleRerolls(
    _ db: Database, _ batch: Int64, isFirst: Bool, _ summary: inout AdditionSummary
  ) throws {
    // After a stop, no line would have got any.
    let before = try count(
      db, "SELECT iif(rerolls_stopped IS NULL, rerolls, 0) FROM batch WHERE id = \(batch)")
    let wanted = addition.rerolls ?? (isFirst ? addition.newRerolls : nil)
    if let wanted {
      try db.execute(
        sql: "UPDATE batch SET rerolls = ?, rerolls_stopped = NULL WHERE id = ?",
        arguments: [wanted, batch])
    }
    summary.rerolls = try count(db, "SELECT rerolls FROM batch WHERE id = \(batch)")
    guard wanted != nil, summary.rerolls > before, !isFirst else { return }
    summary.moreRerolls = summary.rerolls - before
    // Lines that had all takes that were allowed get more.
    try db.execute(sql: "UPDATE batch SET heard_jobs = 0 WHERE id = ?", arguments: [batch])
    let earlier = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(lines), 0) AS lines, \(saturatingSum(Price.column)) AS cost
        FROM (
          SELECT job_id, count(*) AS lines, min(created_at) AS since
          FROM batch_item
          WHERE batch_id = :batch AND former IS NULL
            AND id NOT IN (SELECT item_id FROM temp.staged WHERE NOT is_same)
          GROUP BY job_id) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        WHERE job.state IN \(States.open)
          -- Words that were spoken before the batch had them get no take.
          OR job.state = 'STORED' AND job.finished_at >= wanted.since
        """, arguments: ["batch": batch, "price": addition.price.perThousand])
    summary.earlier = earlier?["lines"] ?? 0
    summary.earlierCost = earlier?["cost"] ?? .zero
  }
}
