import CSMCore
import CSMReports
import CSMSQLite

extension AdditionReport {
  /// For scripts.
  package var json: JSONObject {
    [
      "batch": addition.batch, "file": addition.sourceFile, "columns": reading.columns,
      "lines": counts.read, "blank": counts.blank, "skipped": counts.skipped,
      "queued": summary.queued, "duplicates": summary.shared, "unchanged": summary.unchanged,
      "elsewhere": summary.elsewhere, "edited": summary.edited, "reverted": summary.reverted,
      "changed": summary.changed, "new": summary.added, "gone": summary.gone,
      "pruned": summary.pruned, "stored": summary.stored, "saved_usd": summary.saved.decimal,
      "cancelled": summary.cancelled, "failed": summary.failed, "held": summary.held,
      "raised": summary.raised, "rejected": counts.rejected, "chars": summary.characters,
      "cost_usd": summary.cost.decimal, "rerolls": summary.rerolls,
      "rerolls_likely_usd": summary.rerollsLikely.decimal,
      "rerolls_max_usd": summary.rerollsMax.decimal, "longest": longest,
      "budget": summary.budget?.json,
      "dry_run": addition.isDryRun,
    ]
  }

  private var longest: [JSONObject] {
    summary.longest.map { ["line": $0.id, "chars": $0.characters] }
  }
}
