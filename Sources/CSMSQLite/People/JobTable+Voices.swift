import CSMCore
import GRDB

// Voices, by name.

extension JobTable {
  /// All voices, by name.
  package func voices() throws -> [Voice] {
    try read(Self.voices)
  }

  static func voices(_ db: Database) throws -> [Voice] {
    try Row.fetchAll(db, sql: "SELECT name, clip, transcript, consent FROM voice ORDER BY name")
      .map { row in
        let name: String = row["name"]
        guard let clip = Digest(column: row["clip"]) else {
          throw TableError.damaged("the voice \(name) has no clip")
        }
        return Voice(name: name, clip: clip, transcript: row["transcript"], consent: row["consent"])
      }
  }

  /// The result of adding a voice.
  package enum VoiceAddition: Sendable, Equatable {
    case added
    /// It existed with the same clip and words; a new consent replaces the old one.
    case known
    /// Another voice has the name.
    case taken(Voice)
  }

  /// Adds a voice whose clip is in the store; durable on return.
  package func add(_ voice: Voice, clip: StoredAudio, at now: Timestamp) throws -> VoiceAddition {
    try write { db in
      if let other = try Self.voices(db).first(where: { $0.isNamed(voice.name) }) {
        guard other.clip == voice.clip, other.transcript == voice.transcript else {
          return .taken(other)
        }
        try db.execute(
          sql: "UPDATE voice SET consent = coalesce(?, consent) WHERE name = ?",
          arguments: [voice.consent, voice.name])
        return .known
      }
      try Self.insert(clip, db, now)
      try db.execute(
        sql: """
          INSERT INTO voice (name, clip, transcript, consent, created_at) VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          voice.name, voice.clip.data, voice.transcript, voice.consent, now,
        ])
      return .added
    }
  }

  /// Removes a voice's name; its clip stays, and so do jobs that use it.
  ///
  /// - Returns: false if no voice has the name.
  package func removeVoice(named name: String) throws -> Bool {
    try write { db in
      try db.execute(sql: "DELETE FROM voice WHERE name = ?", arguments: [name])
      return db.changesCount > 0
    }
  }
}
