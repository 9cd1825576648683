import CSMCore
import Foundation
import GRDB

/// A line on its way into the table.
package struct NewLine: Sendable {
  /// What is to be spoken.
  package let request: SpeechRequest
  /// SHA-256 of the request's identity, the endpoint and the take.
  package let key: Digest
  /// The author's id of the line; nil when one is to be made from the line number.
  package let id: String?
  /// The author's text, where it is not what is sent.
  package let text: String?
  /// What else the author's file says of the line, as JSON.
  package let meta: String?
  /// The number of the line in its file, from 1; several may come from one line.
  package let number: Int
  /// What stands behind an id that is made from the line number, such as `.02` for a second part.
  package let suffix: String
  /// Which of several wanted versions of the same words this is; from 1.
  package let take: Int
  /// The name of who speaks, as the author writes it; nil for several, or none.
  package let speaker: String?
  /// The name of the voice; nil for several, or none.
  package let voice: String?
  /// The scene in which it is said; nil for none.
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

/// A user of the system who adds lines.
package struct Author: Sendable {
  package let name: String
  package let uid: Int

  package init(name: String, uid: Int) {
    self.name = name
    self.uid = uid
  }
}

/// Where lines are added, and how they are to be spoken.
package struct Addition: Sendable {
  package var batch: String
  package var endpoint: String
  package var priority: Int
  /// The file's path, or `stream`.
  package var sourceFile: String
  /// Files whose place this one takes, as when it was moved: their lines of the batch are its own.
  package var replacedFiles: [String] = []
  /// The lines are looked at, and nothing is written.
  package var isDryRun: Bool
  /// Nothing is written where a line repeats an id with other words.
  package var isStrict: Bool
  /// Lines of the batch that are gone from the file are taken out of the batch.
  package var isPruning: Bool
  /// Lines that were spoken in a voice may be spoken by strangers now.
  package var mayLoseVoices = false
  /// What the batch may cost from now on; nil leaves that as it is.
  package var budget: Money?
  /// How many takes csmd may add to each line of the batch: `rerolls` from now on, or `newRerolls` where the
  /// batch is new; nil leaves that as it is.
  package var rerolls: Int?
  package var newRerolls = 0
  /// What is asked for the new lines.
  package var price: Price
  /// The name of a line's file, as the least discerning file system sees it; by default the id itself.
  package var fileName: @Sendable (String) -> String = { $0 }
  /// The batch's name is only the beginning of one that no batch has yet.
  package var isBatchNew = false
  /// Who adds them; nil where that is not known.
  package var author: Author?
  /// How many new jobs may be spoken by strangers, and what all new jobs may cost, without a person's word
  /// on it; nil for any.
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

  /// What became of reading the lines.
  package enum Reading: Sendable, Equatable {
    /// All lines were handed over.
    case whole
    /// Some were rejected, so it is not known of every line whether it is gone; `ids` are theirs, where
    /// they have one.
    case partial(ids: Set<String>)
    /// Nothing of it is to be added.
    case unwanted
  }
}

extension JobTable {
  /// Adds the lines that `fill` hands over, all in one transaction; durable on return.
  ///
  /// The lines are staged in a temporary table first, in constant memory and without holding up
  /// anybody, and merged by a few statements; so the write lock is held for the merge only.
  ///
  /// - Parameter fill: hands the lines over one by one, and says what became of reading them.
  /// - Throws: what `fill` throws (nothing is added then), or `TableError`.
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
            // A dry run is done and undone, so that its figures are true; readers never see it.
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
    // Deferred: only the temporary database is written, so nobody else waits.
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
