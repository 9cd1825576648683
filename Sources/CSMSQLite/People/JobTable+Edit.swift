import CSMCore
import Foundation
import GRDB

// Edits of single lines by a person.

extension JobTable {
  /// The new words of a line, as fal will get them.
  package struct Words: Sendable {
    package let request: SpeechRequest
    package let key: Digest
    /// The author's text; nil if it is what is sent.
    package let text: String?

    package init(request: SpeechRequest, key: Digest, text: String?) {
      self.request = request
      self.key = key
      self.text = text
    }
  }

  /// The result of an edit.
  package enum Edit: Sendable, Equatable {
    /// The line has its new words; `known` is the state of the job that already had them, nil for a new
    /// job.
    case edited(line: LineName, known: JobState.Name?, characters: Int)
    /// The line already had these words.
    case unchanged(line: LineName)
    /// The line is a turn that waits for others or that others wait for; only its file can change it.
    case chained(line: LineName)
    /// The selection matches this number of lines, not one.
    case notOne(Int)
  }

  /// A line's batch and id.
  package struct LineName: Sendable, Hashable, Decodable, CustomStringConvertible {
    package let batch: String
    package let line: String

    package init(batch: String, line: String) {
      self.batch = batch
      self.line = line
    }

    package var description: String { "\(batch):\(line)" }
  }

  /// Gives one line other words; durable on return.
  ///
  /// The words stay until the line's file says something else about it than now.
  ///
  /// - Parameter words: makes the new words from the line's request and endpoint.
  /// - Throws: what `words` throws (then nothing is changed), or `TableError`.
  package func edit(
    _ selection: Selection, at now: Timestamp,
    words: (SpeechRequest, _ endpoint: String) throws -> Words
  ) throws -> Edit {
    try write { db in
      let condition = try selection.condition(db)
      let request: SQLRequest<Row> = """
        SELECT item.id AS item, item.batch_id, batch.name AS batch, item.line, item.key, item.text,
          job.id, job.endpoint, job.input, job.priority,
          job.waits_for IS 'turns' OR \(sql: Self.isNeeded) AS is_chained
        \(LineRow.source)
        WHERE item.former IS NULL AND \(condition)
        """
      let rows = try request.fetchAll(db)
      guard let row = rows.first, rows.count == 1 else { return .notOne(rows.count) }
      let line = LineName(batch: row["batch"], line: row["line"])
      guard !row["is_chained"] else { return .chained(line: line) }
      let old = try SpeechRequest(json: row["input"], job: row["id"])
      let words = try words(old, row["endpoint"])
      // A take that csmd added may spell the author's words differently.
      let isSame = (words.text ?? words.request.text) == row["text"] ?? old.text
      guard words.request != old, !isSame else { return .unchanged(line: line) }
      return try Self.give(words, to: row, line, db, now)
    }
  }

  /// How many takes csmd may add to a line of the batch that gets other words.
  package func rerollsMax(of batch: String) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT iif(rerolls_stopped IS NULL, rerolls, 0) FROM batch WHERE name = ?",
        arguments: [batch]) ?? 0
    }
  }

  private static func give(
    _ words: Words, to row: Row, _ line: LineName, _ db: Database, _ now: Timestamp
  ) throws -> Edit {
    let (item, batch): (Int64, Int64) = (row["item"], row["batch_id"])
    let known = try Row.fetchOne(
      db, sql: "SELECT id, state FROM job WHERE key = ?", arguments: [words.key.data])
    if known == nil {
      try db.execute(
        sql: """
          INSERT INTO job (
            key, endpoint, input, take, chars, priority, wake_at, created_at, updated_at)
          VALUES (:key, :endpoint, :input, 1, :chars, :priority, :now, :now, :now)
          """,
        arguments: [
          "key": words.key.data, "endpoint": row["endpoint"] as String,
          "input": try words.request.json(), "chars": words.request.characters,
          "priority": row["priority"] as Int, "now": now,
        ])
    }
    let job: Job.ID = known?["id"] ?? db.lastInsertedRowID
    if known == nil { try wait(job, like: row["id"], for: words.request, db, at: now) }
    try Retirement.begin(db)
    try db.execute(sql: "INSERT INTO temp.retired (id) VALUES (?)", arguments: [item])
    try Retirement.retire(db, because: .edited)
    try db.execute(
      sql: """
        UPDATE batch_item
        SET job_id = :job, key = :written, is_edited = :written <> :key, text = :text, is_pinned = 0,
          accepted = NULL, created_at = :now
        WHERE id = :item
        """,
      arguments: [
        "job": job, "key": words.key.data, "written": row["key"] as Data, "text": words.text,
        "item": item, "now": now,
      ])
    var hearings = Hearings()
    try FormerTakes.restore(to: item, of: words.key.data, &hearings, db)
    try Retirement.forgetReturned(db, batch)
    try Retirement.dropOrphans(db, at: now)
    try recount(db, batch)
    try letTryAgain(db, [batch])
    return .edited(
      line: line, known: known.flatMap { JobState.Name(rawValue: $0["state"]) },
      characters: words.request.characters)
  }
}
