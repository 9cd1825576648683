import CSMCore
import GRDB

extension Merge {
  /// Sets how many takes csmd may add to a line of the batch, and counts the lines without a new job that
  /// may get some.
  ///
  /// - Parameter last: the highest job id before the new ones.
  func settleRerolls(
    _ db: Database, _ batch: Int64, after last: Int64, isFirst: Bool,
    _ summary: inout AdditionSummary
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
    if summary.rerolls > 0 { try countTakes(db, after: last, &summary) }
    guard wanted != nil, summary.rerolls > before, !isFirst else { return }
    summary.moreRerolls = summary.rerolls - before
    // Lines that had all takes that were allowed get more.
    try db.execute(sql: "UPDATE batch SET heard_jobs = 0 WHERE id = ?", arguments: [batch])
    try countEarlier(db, batch, &summary)
  }

  /// Counts the lines new to the batch, or with new words, whose jobs were there but have not ended, and
  /// what takes of these and of new jobs may cost.
  private func countTakes(
    _ db: Database, after last: Int64, _ summary: inout AdditionSummary
  ) throws {
    guard summary.changed + summary.added > 0 else { return }
    let takes = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(lines) FILTER (WHERE job_id <= :last), 0) AS joined,
          \(saturatingSum(Price.column("chars_max"))) AS cost
        FROM (
          SELECT job_id, count(*) AS lines, max(chars_max) AS chars_max
          FROM temp.staged
          WHERE is_same IS NOT TRUE
          GROUP BY job_id) AS wanted
        CROSS JOIN job ON job.id = wanted.job_id
        WHERE job.state IN \(States.open)
        """, arguments: ["last": last, "price": addition.price.perThousand])
    summary.joined = takes?["joined"] ?? 0
    summary.takesCost = takes?["cost"] ?? .zero
  }

  /// Counts the lines that the batch has and that may get more takes than before.
  ///
  /// They may be spoken or not: csmd decides about another take when audio arrives, and again at the end of
  /// the batch (`SecondHearing`).
  private func countEarlier(
    _ db: Database, _ batch: Int64, _ summary: inout AdditionSummary
  ) throws {
    addEasedCharacters(to: db)
    let earlier = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(lines), 0) AS lines,
          \(saturatingSum(Price.column("eased_chars(job.input, job.chars)"))) AS cost
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

  /// Adds the SQL function `eased_chars`: the most characters that a take may have which csmd adds to a job
  /// with this input; the second argument if the input cannot be read.
  private func addEasedCharacters(to db: Database) {
    db.add(
      function: DatabaseFunction("eased_chars", argumentCount: 2, pure: true) { values in
        let request = String.fromDatabaseValue(values[0]).flatMap(SpeechRequest.init(column:))
        return request?.easedCharactersMax ?? Int.fromDatabaseValue(values[1])
      })
  }
}
