import CSMCore
import GRDB

// Words that a file now has under another id, such as those below a line that was inserted into plain text.
// The line with that id gets all that the batch has of them: their takes, what a person decided about them,
// and since when the batch has them.

extension Merge {
  /// Gives staged lines what lines of the batch have of the same words but should have no longer.
  ///
  /// Old lines that get no other words keep a copy until they are pruned. Those without an id of their own
  /// are removed: nothing but a line number named them.
  ///
  /// - Returns: how many edits by a person make room for them; nil if no words have moved.
  func move(_ db: Database, _ batch: Int64) throws -> Int? {
    // Each stream is a source of its own.
    guard !isNewStream else { return nil }
    try collectMoved(db, batch)
    guard try count(db, "SELECT EXISTS (SELECT 1 FROM temp.moved)") > 0 else { return nil }
    let lost = try makeRoom(db)
    try moveTakes(db, batch)
    try copyTakes(db, batch)
    try endEdits(db)
    try db.execute(
      sql: """
        UPDATE batch_item
        SET (\(Self.moving)) = (SELECT \(Self.moving) FROM temp.moved WHERE item_id = batch_item.id)
        WHERE id IN (SELECT item_id FROM temp.moved)
        """)
    try db.execute(
      sql: """
        INSERT INTO batch_item (batch_id, line, is_numbered, source_file, source_line, \(Self.moving))
        SELECT :batch, line, is_numbered, :file, source_line, \(Self.moving)
        FROM temp.moved
        WHERE item_id IS NULL
        ORDER BY n
        """, arguments: ["batch": batch, "file": addition.sourceFile])
    try db.execute(
      sql: """
        DELETE FROM batch_item WHERE is_numbered AND id IN (\(Self.staying));
        UPDATE temp.staged SET has_moved = 1 WHERE item_id IN (SELECT old_id FROM temp.moved);
        """)
    try Retirement.forgetReturned(db, batch)
    return lost
  }

  /// The columns that belong to the words; `renewUnchanged` writes those that the file says anew.
  private static let moving = """
    job_id, key, is_edited, text, is_pinned, accepted, meta, speaker, voice, scene, turn, added_by,
    added_uid, created_at
    """

  /// The old lines that the file no longer has.
  private static let staying = """
    SELECT old_id
    FROM temp.moved
    WHERE old_id NOT IN (SELECT item_id FROM temp.staged WHERE item_id IS NOT NULL)
    """

  /// Pairs staged lines with lines of the file that the batch has, in the order of both.
  ///
  /// Lines that get other words come first: theirs would be lost.
  private func collectMoved(_ db: Database, _ batch: Int64) throws {
    // The line that gets the words, with its row if it has one.
    let line = "n, item_id, line, is_numbered, source_line"
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.wanted;
        DROP TABLE IF EXISTS temp.moved;
        CREATE TEMP TABLE wanted (
          key BLOB, number INTEGER, \(line), PRIMARY KEY (key, number)
        ) WITHOUT ROWID;
        -- And the line that had them.
        CREATE TEMP TABLE moved (
          n INTEGER PRIMARY KEY, item_id INTEGER UNIQUE, line TEXT, is_numbered INTEGER,
          source_line INTEGER, old_id INTEGER UNIQUE, old_line TEXT UNIQUE, \(Self.moving));
        """)
    let file = addition.sourceFile
    try db.execute(
      sql: """
        INSERT INTO temp.wanted (key, number, \(line))
        SELECT key, row_number() OVER (PARTITION BY key ORDER BY n), \(line)
        FROM temp.staged
        WHERE is_same IS NOT TRUE
          AND (item_id IS NULL OR (SELECT source_file FROM batch_item WHERE id = item_id) = ?)
        """, arguments: [file])
    try db.execute(
      sql: """
        INSERT INTO temp.moved (\(line), old_id, old_line, \(Self.moving))
        SELECT \(line), old_id, old_line, \(Self.moving)
        FROM (
          SELECT id AS old_id, line AS old_line, \(Self.moving),
            row_number() OVER (
              PARTITION BY key
              ORDER BY
                id NOT IN (SELECT item_id FROM temp.staged WHERE item_id IS NOT NULL), source_line, id
            ) AS number
          FROM batch_item
          WHERE batch_id = :batch AND former IS NULL AND source_file = :file
            AND key IN (SELECT key FROM temp.wanted)
            AND id NOT IN (SELECT item_id FROM temp.staged WHERE is_same)) AS old
        CROSS JOIN temp.wanted USING (key, number)
        """, arguments: ["batch": batch, "file": file])
  }

  /// Retires what lines had that get words of other lines, unless it moves, too.
  ///
  /// - Returns: how many of them a person had edited.
  private func makeRoom(_ db: Database) throws -> Int {
    try db.execute(
      sql: """
        INSERT INTO temp.retired (id)
        SELECT item_id
        FROM temp.moved
        WHERE item_id IS NOT NULL AND item_id NOT IN (SELECT old_id FROM temp.moved)
        """)
    let edits = try count(
      db, "SELECT count(*) FROM temp.retired CROSS JOIN batch_item USING (id) WHERE is_edited")
    try Retirement.retire(db, because: .edited)
    try db.execute(sql: "DELETE FROM temp.retired")
    return edits
  }

  /// Moves the other takes of the words.
  private func moveTakes(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        UPDATE batch_item
        SET (line, is_numbered, source_line) = (
          SELECT line, is_numbered, source_line
          FROM temp.moved
          WHERE old_line = batch_item.line)
        WHERE id IN (
          SELECT take.id
          FROM temp.moved
          CROSS JOIN batch_item AS take
            ON take.batch_id = ? AND take.line = moved.old_line AND take.former = 'retaken')
        """, arguments: [batch])
  }

  /// Gives the takes back to old lines that stay: a copy without them would be spoken again if it is bad.
  private func copyTakes(_ db: Database, _ batch: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO batch_item (\(ItemColumns.copied), job_id, former, is_next)
        SELECT take.batch_id, old.line, old.is_numbered, take.key, take.is_edited, take.text,
          take.source_file, old.source_line, take.meta, take.speaker, take.voice, take.scene, take.turn,
          take.added_by, take.added_uid, take.created_at, take.job_id, take.former, take.is_next
        FROM temp.moved
        CROSS JOIN batch_item AS old ON old.id = moved.old_id AND NOT old.is_numbered
        CROSS JOIN batch_item AS take
          ON take.batch_id = ? AND take.line = moved.line AND take.former = 'retaken'
        WHERE moved.old_id IN (\(Self.staying))
        """, arguments: [batch])
  }

  /// A person's edit has moved with its words.
  private func endEdits(_ db: Database) throws {
    try db.execute(
      sql: """
        UPDATE batch_item
        SET is_edited = 0
        WHERE is_edited AND id IN (SELECT old_id FROM temp.moved)
          AND id IN (SELECT item_id FROM temp.staged)
        """)
  }
}
