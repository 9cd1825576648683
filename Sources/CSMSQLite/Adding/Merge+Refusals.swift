import CSMCore
import GRDB

// Why nothing of a file is added to a batch that has lines already: most likely somebody made a mistake
// that he would pay for.

extension Merge {
  /// How many changed lines have clips in their context now and would have none: most likely somebody
  /// forgot to name the voices, and would pay for the whole batch once more, in strangers' voices.
  func voiceless(_ db: Database) throws -> Int {
    try count(
      db,
      """
      SELECT count(*)
      FROM temp.staged
      CROSS JOIN batch_item AS item ON item.id = staged.item_id
      CROSS JOIN job ON job.id = item.job_id
      WHERE NOT staged.is_same AND json_type(staged.input, '$.context') IS NULL
        AND json_type(coalesce(job.template, job.input), '$.context') IS NOT NULL
      """)
  }
}
