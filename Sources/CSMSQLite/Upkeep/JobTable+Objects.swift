import CSMCore
import Foundation
import GRDB

// The objects that rows name, for the upkeep of the store.

extension JobTable {
  /// A row of the table of objects.
  package struct StoredObject: Sendable {
    package let digest: Digest
    package let bytes: Int
  }

  /// The error class of jobs whose stored audio is lost.
  package static let lostAudio = "audio_lost"

  /// The objects whose digests begin with this byte, in order.
  ///
  /// A shard at a time, neither memory nor a transaction grows with the store.
  package func objects(shard: UInt8) throws -> [StoredObject] {
    try read { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT digest, bytes FROM object WHERE digest >= ? AND digest < ? ORDER BY digest"),
        arguments: [Data([shard]), Self.end(of: shard)]
      ).map { row in
        guard let digest = Digest(column: row["digest"]) else {
          throw TableError.damaged("an object has no digest")
        }
        return StoredObject(digest: digest, bytes: row["bytes"])
      }
    }
  }

  package func objectCount() throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM object") ?? 0 }
  }

  /// Objects that were not measured, or not by the newest method, in order.
  package func unmeasured() throws -> [Digest] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT digest FROM object WHERE samples IS NULL ORDER BY digest"
      ).compactMap { Digest(column: $0["digest"]) }
    }
  }

  /// The measurement of an object stored earlier.
  package struct Measurement: Sendable {
    package let digest: Digest
    package let measure: AudioMeasure
    /// Playing time; nil if the file does not tell.
    package let milliseconds: Int?

    package init(digest: Digest, measure: AudioMeasure, milliseconds: Int?) {
      self.digest = digest
      self.measure = measure
      self.milliseconds = milliseconds
    }
  }

  /// Saves the measurements in one transaction.
  package func save(_ measurements: [Measurement]) throws {
    try write { db in
      for found in measurements {
        try Self.save(found.measure, of: found.digest, db)
        try db.cachedStatement(
          sql: "UPDATE object SET duration_ms = ? WHERE digest = ? AND duration_ms IS NULL"
        ).execute(arguments: [found.milliseconds, found.digest.data])
      }
    }
  }

  /// Whether an object was a line's audio before, as another take or with former words.
  package func wasAudio(_ digest: Digest, of line: LineRow) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT EXISTS (
              SELECT 1
              FROM batch
              CROSS JOIN batch_item AS item
                ON item.batch_id = batch.id AND item.line = ? AND item.former IS NOT NULL
              CROSS JOIN job ON job.id = item.job_id
              WHERE batch.name = ? AND job.digest = ?)
            """), arguments: [line.line, line.batch, digest.data]) ?? false
    }
  }

  /// An upper bound on all digests that begin with the byte.
  private static func end(of shard: UInt8) -> Data {
    shard == .max ? Data(repeating: .max, count: 33) : Data([shard + 1])
  }

  /// Runs `body` while no program can write; it may ask whether a row names an object.
  package func withoutWriters<Value>(
    _ body: (_ isNamed: (Digest) throws -> Bool) throws -> Value
  ) throws -> Value {
    try translated {
      try writeLock.withLock {
        try body { digest in
          try queue.read { db in
            try Bool.fetchOne(
              db, sql: "SELECT EXISTS (SELECT 1 FROM object WHERE digest = ?)",
              arguments: [digest.data]) ?? false
          }
        }
      }
    }
  }

  /// Forgets a lost object, and holds the jobs that name it.
  ///
  /// A person's `retry` downloads it again under the request that was paid for.
  ///
  /// - Parameter isBack: checks once more, while nobody can write, whether the object was stored again.
  /// - Returns: how many jobs are held.
  package func forget(
    _ digest: Digest, reason: String, at now: Timestamp, unless isBack: () throws -> Bool
  ) throws -> Int {
    try write { db in
      guard try !isBack() else { return 0 }
      try db.execute(
        sql: """
          INSERT INTO transition (
            job_id, at, from_state, to_state, generation, cause, request_id, error_class, error)
          SELECT id, :now, state, 'HELD', generation, :class, request_id, :class, :reason
          FROM job
          WHERE digest = :digest;
          UPDATE job
          SET state = 'HELD', digest = NULL, error_class = :class, error = :reason,
            updated_at = :now, finished_at = :now
          WHERE digest = :digest
          """,
        arguments: [
          "now": now, "class": Self.lostAudio, "reason": reason, "digest": digest.data,
        ])
      let held = db.changesCount
      // A clip is missed until somebody adds its voice again, even by lines whose voice has no name any
      // more. No index finds these lines, so they are looked for only if the object was no line's audio.
      try db.execute(
        sql: """
          DELETE FROM object
          WHERE digest = :digest
            AND NOT EXISTS (SELECT 1 FROM voice WHERE clip = :digest)
            AND NOT EXISTS (SELECT 1 FROM upload WHERE digest = :digest)
            AND (:held > 0 OR NOT EXISTS (SELECT 1 FROM job WHERE instr(input, :clip)))
          """,
        arguments: [
          "digest": digest.data, "held": held, "clip": ClipSource.object(digest).audioURL,
        ])
      return held
    }
  }
}
