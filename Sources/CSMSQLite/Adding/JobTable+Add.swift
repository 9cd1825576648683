import CSMCore
import Foundation
import GRDB

/// A line about to be added.
package struct NewLine: Sendable {
  /// What is to be spoken.
  package let request: SpeechRequest
  /// The SHA-256 of the request's identity, the endpoint and the take.
  package let key: Digest
  /// The author's id; nil to make one from the line number.
  package let id: String?
  /// The author's text; nil if it is what is sent.
  package let text: String?
  /// Everything else that the author's file says about the line, as JSON.
  package let meta: String?
  /// The line number in the file, from 1; several lines may share it.
  package let number: Int
  /// The end of an id made from the line number, such as `.02` for a second part.
  package let suffix: String
  /// The number of the take, from 1.
  package let take: Int
  /// The speaker, as the author writes it; nil for several or none.
  package let speaker: String?
  /// The name of the voice; nil for several or none.
  package let voice: String?
  /// The scene that the line belongs to; nil for none.
  package let scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene.
  package let turn: Int?

  package init(
    request: SpeechRequest, key: Digest, id: String?, text: String?, meta: String?, number: Int,
    suffix: String = "", take: Int = 1, speaker: String? = nil, voice: String? = nil,
    scene: String? = nil, turn: Int? = nil
  ) {
    self.request = request
    self.key = key
    self.id = id
    self.text = text
    self.meta = meta
    self.number = number
    self.suffix = suffix
    self.take = take
    self.speaker = speaker
    self.voice = voice
    self.scene = scene
    self.turn = turn
  }
}

/// A system user who adds lines.
package struct Author: Sendable {
  package let name: String
  package let uid: Int

  package init(name: String, uid: Int) {
    self.name = name
    self.uid = uid
  }
}

/// Where lines are added, and how.
package struct Addition: Sendable {
  package var batch: String
  package var endpoint: String
  package var priority: Int
  /// The file's path, or `stream`.
  package var sourceFile: String
  /// Files that this one replaces, such as its former path; their lines in the batch become its own.
  package var replacedFiles: [String] = []
  /// Writes nothing.
  package var isDryRun: Bool
  /// Writes nothing if a line repeats an id with other words.
  package var isStrict: Bool
  /// Removes lines of the batch that are missing from the file.
  package var isPruning: Bool
  /// Lines may lose the voice they have in the batch.
  package var mayLoseVoices = false
  /// The batch's new budget; nil to keep the present one.
  package var budget: Money?
  /// How many takes csmd may add to each line of the batch.
  ///
  /// `rerolls` applies to any batch and `newRerolls` to a new one only; nil keeps the present number.
  package var rerolls: Int?
  package var newRerolls = 0
  /// The price of the new lines.
  package var price: Price
  /// Maps an id to its file name as the least discerning file system sees it; by default the id itself.
  package var fileName: @Sendable (String) -> String = { $0 }
  /// `batch` is only a stem: a number is appended that makes the name new.
  package var isBatchNew = false
  /// Who adds the lines; nil if unknown.
  package var author: Author?
  /// The most new jobs without a voice, and the highest cost, that need no consent; nil for no limit.
  package var voicelessMax: Int?
  package var costMax: Money?

  package init(
    batch: String, endpoint: String, priority: Int, sourceFile: String, isDryRun: Bool,
    isStrict: Bool, isPruning: Bool = false, budget: Money? = nil,
    price: Price = Price(perThousand: .zero)
  ) {
    self.batch = batch
    self.endpoint = endpoint
    self.priority = priority
    self.sourceFile = sourceFile
    self.isDryRun = isDryRun
    self.isStrict = isStrict
    self.isPruning = isPruning
    self.budget = budget
    self.price = price
  }

  /// The source of lines that come from no file.
  package static let stream = "standard input"

  var isStream: Bool { sourceFile == Self.stream }

  /// How reading the lines ended.
  package enum Reading: Sendable, Equatable {
    /// All lines were handed over.
    case whole
    /// Some were rejected, so a missing line may not be gone; `ids` are those of rejected lines that have
    /// one.
    case partial(ids: Set<String>)
    /// Nothing is to be added.
    case unwanted
  }
}

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
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.staged;
        CREATE TEMP TABLE staged (
          n           INTEGER PRIMARY KEY,
          source_line INTEGER NOT NULL,
          key         BLOB NOT NULL,
          line        TEXT,
          suffix      TEXT NOT NULL,
          take        INTEGER NOT NULL,
          input       TEXT NOT NULL,
          chars       INTEGER NOT NULL,
          text        TEXT,
          meta        TEXT,
          speaker     TEXT,
          voice       TEXT,
          scene       TEXT,
          turn        INTEGER,
          is_numbered INTEGER NOT NULL,
          -- What the merge finds out: the line of the batch, whether the file says of it what it said
          -- before, whether a person has edited it, and the job.
          item_id     INTEGER,
          is_same     INTEGER,
          is_edited   INTEGER,
          job_id      INTEGER
        );
        """)
    try makeStagedNeeds(db)
    var reading = Addition.Reading.unwanted
    // Deferred: only the temporary database is written, so nobody waits.
    try db.inTransaction(.deferred) {
      let insert = try db.makeStatement(
        sql: """
          INSERT INTO temp.staged (
            source_line, key, line, suffix, take, input, chars, text, meta, speaker, voice, scene, turn,
            is_numbered)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      reading = try fill { line in
        try insert.execute(arguments: [
          line.number, line.key.data, line.id, line.suffix, line.take, line.request.json(),
          line.request.characters, line.text, line.meta, line.speaker, line.voice, line.scene,
          line.turn, line.id == nil,
        ])
        try stageNeeds(of: line, db)
      }
      return .commit
    }
    return reading
  }
}
