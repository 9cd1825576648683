import CSMCore
import GRDB

// Refuses additions that are probably a costly mistake.

extension Merge {
  /// Counts changed lines whose context has clips now and would have none.
  ///
  /// Somebody probably forgot to name the voices, and would pay for the whole batch again in strangers'
  /// voices.
  func voiceless(_ db: Database) throws -> Int {
    try count(
      db,
      """
      SELECT count(*)
      FROM temp.staged
      CROSS JOIN batch_item AS item ON item.id = staged.item_id
      CROSS JOIN job ON job.id = item.job_id
      WHERE NOT staged.is_same AND json_type(staged.input, '$.context') IS NULL
        -- Invalid JSON, which another program wrote, would abort the whole statement.
        AND iif(
          json_valid(coalesce(job.template, job.input)),
          json_type(coalesce(job.template, job.input), '$.context'), NULL) IS NOT NULL
      """)
  }
}
