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
  /// The lines are looked at, and nothing is written.
  package var isDryRun: Bool
  /// Nothing is written where a line repeats an id with other words.
  package var isStrict: Bool
  /// Who adds them; nil where that is not known.
  package var author: Author?

  package init(
    batch: String, endpoint: String, priority: Int, sourceFile: String, isDryRun: Bool,
    isStrict: Bool
  ) {
    self.batch = batch
    self.endpoint = endpoint
    self.priority = priority
    self.sourceFile = sourceFile
    self.isDryRun = isDryRun
    self.isStrict = isStrict
  }

  /// The source of lines that come from no file.
  package static let stream = "standard input"

  var isStream: Bool { sourceFile == Self.stream }
}

/// What adding lines came to.
package struct AdditionSummary: Sendable, Equatable {
  /// A line with an id that stood before it.
  package struct Conflict: Sendable, Equatable {
    package let number: Int
    package let id: String
  }

  /// Good lines that were handed over.
  package var lines = 0
  /// New jobs: what will be sent and paid for.
  package var queued = 0
  /// Characters of the new jobs.
  package var characters = 0
  /// Lines that stood in the batch before, with the same words.
  package var unchanged = 0
  /// Lines of the batch whose words are others now.
  package var changed = 0
  /// Lines whose words a job has already, in this or another batch.
  package var shared = 0
  /// Lines with the id of a line before them in the same file, but other words: not added.
  package var conflicting: [Conflict] = []
  /// Where lines of the batch come from whose numbers these would take, with other words.
  package var otherSource: String?
  /// Nothing was added: something conflicts and the addition was strict, or there is another source.
  package var isRefused = false
}

extension JobTable {
  /// Adds the lines that `fill` hands over, all in one transaction; durable on return.
  ///
  /// The lines are staged in a temporary table first, in constant memory and without holding up
  /// anybody, and merged by a few statements; so the write lock is held for the merge only.
  ///
  /// - Parameter fill: hands the lines over one by one; answers whether they are to be added.
  /// - Throws: what `fill` throws (nothing is added then), or `TableError`.
  package func add(
    _ addition: Addition, at now: Timestamp,
    fill: ((NewLine) throws -> Void) throws -> Bool
  ) throws -> AdditionSummary {
    try translated {
      try queue.writeWithoutTransaction { db in
        guard try Self.stage(db, fill) else { return AdditionSummary() }
        var summary = AdditionSummary()
        try writeLock.withLock {
          try db.inTransaction(.immediate) {
            summary = try Merge(addition: addition, now: now).run(db)
            // A dry run is done and undone, so that its figures are true; readers never see it.
            return addition.isDryRun || summary.isRefused ? .rollback : .commit
          }
        }
        return summary
      }
    }
  }

  private static func stage(
    _ db: Database, _ fill: ((NewLine) throws -> Void) throws -> Bool
  ) throws -> Bool {
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
          turn        INTEGER
        );
        """)
    var isWanted = false
    // Deferred: only the temporary database is written, so nobody else waits.
    try db.inTransaction(.deferred) {
      let insert = try db.makeStatement(
        sql: """
          INSERT INTO temp.staged (
            source_line, key, line, suffix, take, input, chars, text, meta, speaker, voice, scene, turn)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      isWanted = try fill { line in
        try insert.execute(arguments: [
          line.number, line.key.data, line.id, line.suffix, line.take, line.request.json(),
          line.request.characters, line.text, line.meta, line.speaker, line.voice, line.scene,
          line.turn,
        ])
      }
      return .commit
    }
    return isWanted
  }
}
