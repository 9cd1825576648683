import CSMCore
import Foundation
import GRDB

extension JobTable {
  /// Adds the lines that `fill` hands over, all in one transaction; durable on return.
  ///
  /// The lines are first staged in a temporary table, in constant memory and without blocking anybody. A
  /// few statements then merge them, and only the merge holds the write lock.
  ///
  /// - Parameter fill: hands over the lines one by one, and returns how reading them ended.
  /// - Throws: what `fill` throws (then nothing is added), or `TableError`.
  package func add(
    _ addition: Addition, at now: Timestamp,
    fill: ((NewLine) throws -> Void) throws -> Addition.Reading
  ) throws -> AdditionSummary {
    try translated {
      try queue.writeWithoutTransaction { db in
        let reading = try Self.stage(db, fill)
        guard reading != .unwanted else { return AdditionSummary() }
        var summary = AdditionSummary()
        try writeLock.withLock {
          try db.inTransaction(.immediate) {
            let merge = Merge(addition: addition, reading: reading, now: now)
            summary = try merge.run(db)
            // A dry run is rolled back: its figures are exact, and readers never see it.
            return addition.isDryRun || summary.isRefused ? .rollback : .commit
          }
        }
        return summary
      }
    }
  }

  private static func stage(
    _ db: Database, _ fill: ((NewLine) throws -> Void) throws -> Addition.Reading
  ) throws -> Addition.Reading {
    try makeStaged(db)
    try makeStagedNeeds(db)
    var reading = Addition.Reading.unwanted
    // Deferred: only the temporary database is written, so nobody waits.
    try db.inTransaction(.deferred) {
      let insert = try db.makeStatement(
        sql: """
          INSERT INTO temp.staged (
            entry, source_line, key, line, suffix, take, input, chars, chars_max, text, meta, speaker,
            voice, scene, turn, is_numbered)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      var entry = 0
      reading = try fill { line in
        if line.beginsEntry { entry += 1 }
        try insert.execute(arguments: [
          entry, line.number, line.key.data, line.id, line.suffix, line.take, line.request.json(),
          line.request.characters, line.request.easedCharactersMax, line.text, line.meta,
          line.speaker, line.voice, line.scene, line.turn, line.id == nil,
        ])
        try stageNeeds(of: line, db)
      }
      return .commit
    }
    return reading
  }

  private static func makeStaged(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.staged;
        CREATE TEMP TABLE staged (
          n           INTEGER PRIMARY KEY,
          -- The row of the file that it is part of, or a take of.
          entry       INTEGER NOT NULL,
          source_line INTEGER NOT NULL,
          key         BLOB NOT NULL,
          line        TEXT,
          suffix      TEXT NOT NULL,
          take        INTEGER NOT NULL,
          input       TEXT NOT NULL,
          chars       INTEGER NOT NULL,
          -- Of a take that csmd adds, which may be eased.
          chars_max   INTEGER NOT NULL,
          text        TEXT,
          meta        TEXT,
          speaker     TEXT,
          voice       TEXT,
          scene       TEXT,
          turn        INTEGER,
          is_numbered INTEGER NOT NULL,
          -- What the merge finds out: the line of the batch, whether the file says of it what it said
          -- before, whether a person has edited it, the job, and whether what it had of its words is another
          -- line's now.
          item_id     INTEGER,
          is_same     INTEGER,
          is_edited   INTEGER,
          job_id      INTEGER,
          has_moved   INTEGER NOT NULL DEFAULT 0
        );
        """)
  }
}
