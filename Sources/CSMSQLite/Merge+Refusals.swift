import CSMCore
import GRDB

// Why nothing of a file is added to a batch that has lines already: most likely somebody made a mistake
// that he would pay for.

extension Merge {
  /// Where the batch's lines come from, when their numbers would be taken for those of another file.
  ///
  /// Line numbers tell which line was edited, as long as the file is the same. Other words under the
  /// number of another file are no edit, and neither are those of a stream, which is never the same.
  func otherSource(_ db: Database) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT item.source_file
        FROM temp.staged
        CROSS JOIN batch_item AS item ON item.id = staged.item_id
        WHERE NOT staged.is_same AND item.is_numbered
          AND (:is_stream OR item.source_file <> :file)
        LIMIT 1
        """, arguments: ["is_stream": addition.isStream, "file": addition.sourceFile])
  }

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
