import CSMCore
import GRDB

extension Merge {
  /// What a person must agree to before the new jobs are kept.
  ///
  /// - Parameter last: the highest job id before the new ones.
  func consent(
    _ db: Database, after last: Int64, _ summary: inout AdditionSummary
  ) throws -> AdditionSummary.Consent? {
    guard !addition.isDryRun else { return nil }
    if let voicelessMax = addition.voicelessMax, summary.queued > voicelessMax {
      summary.withoutVoice =
        try Int.fetchOne(
          db,
          sql: "SELECT count(*) FROM job WHERE id > ? AND input ->> '$.context' IS NULL",
          arguments: [last]) ?? 0
      if summary.withoutVoice > voicelessMax { return .strangers(summary.withoutVoice) }
    }
    if let costMax = addition.costMax, summary.cost > costMax { return .cost(summary.cost) }
    return nil
  }
}
