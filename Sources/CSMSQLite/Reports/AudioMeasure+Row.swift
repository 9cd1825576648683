import CSMCore
import GRDB

// The measurements of a recording, stored in the row of its object.

extension AudioMeasure {
  /// All columns, for queries that read lines.
  static let columns: SQL = """
    object.samples, object.level, object.mean, object.speech_db, object.floor_db, object.timbre_db,
    object.sound_ms, object.span_ms, object.lead_ms, object.pause_ms, object.tail_ms,
    object.even_tail_ms, object.even_tail_db, object.clipped, object.end_db, object.repeat_ms,
    object.repeat_after_ms
    """

  /// - Returns: nil for an object that was not measured.
  init?(row: Row) {
    guard let samples: Int64 = row["samples"] else { return nil }
    self.init(
      level: row["level"] ?? 0, offset: row["mean"] ?? 0, speechLevel: row["speech_db"] ?? 0,
      floorLevel: row["floor_db"] ?? 0, timbreRange: row["timbre_db"] ?? 0,
      soundMilliseconds: row["sound_ms"] ?? 0, spanMilliseconds: row["span_ms"] ?? 0,
      leadMilliseconds: row["lead_ms"] ?? 0, pauseMilliseconds: row["pause_ms"] ?? 0,
      tailMilliseconds: row["tail_ms"] ?? 0, evenTailMilliseconds: row["even_tail_ms"] ?? 0,
      evenTailLevel: row["even_tail_db"] ?? 0, clipped: row["clipped"] ?? 0,
      endLevel: row["end_db"] ?? 0, repeatMilliseconds: row["repeat_ms"] ?? 0,
      repeatAfterMilliseconds: row["repeat_after_ms"] ?? 0,
      fingerprint: UInt64(bitPattern: samples))
  }
}

extension JobTable {
  /// Saves an object's measurements, unless it already has some.
  static func save(_ measure: AudioMeasure, of digest: Digest, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        UPDATE object
        SET samples = :samples, level = :level, mean = :mean, speech_db = :speech, floor_db = :floor,
          timbre_db = :timbre, sound_ms = :sound, span_ms = :span, lead_ms = :lead, pause_ms = :pause,
          tail_ms = :tail, even_tail_ms = :even_tail, even_tail_db = :even_level, clipped = :clipped,
          end_db = :end, repeat_ms = :repeat, repeat_after_ms = :repeat_after
        WHERE digest = :digest AND samples IS NULL
        """
    ).execute(arguments: [
      "samples": Int64(bitPattern: measure.fingerprint), "level": measure.level,
      "mean": measure.offset, "speech": measure.speechLevel, "floor": measure.floorLevel,
      "timbre": measure.timbreRange, "sound": measure.soundMilliseconds,
      "span": measure.spanMilliseconds, "lead": measure.leadMilliseconds,
      "pause": measure.pauseMilliseconds, "tail": measure.tailMilliseconds,
      "even_tail": measure.evenTailMilliseconds, "even_level": measure.evenTailLevel,
      "clipped": measure.clipped, "end": measure.endLevel, "repeat": measure.repeatMilliseconds,
      "repeat_after": measure.repeatAfterMilliseconds, "digest": digest.data,
    ])
  }
}
