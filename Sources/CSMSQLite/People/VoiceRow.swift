import CSMCore
import GRDB

/// A voice and its clip, as `voice list`, `show` and `check` print them.
package struct VoiceRow: Sendable {
  package let voice: Voice
  /// Size of the clip in bytes.
  package let bytes: Int
  package let milliseconds: Int?
  package let createdAt: Timestamp
  /// The upload of the clip that expires last; nil if none is valid.
  package let upload: Upload?
  /// Uploads that fal could not read.
  package let deadUploads: Int
}

extension JobTable {
  /// All voices with their uploads at this moment, by name.
  package func voiceRows(at now: Timestamp) throws -> [VoiceRow] {
    let voices = try voices()
    return try read { db in
      try voices.compactMap { voice in
        try Row.fetchOne(
          db,
          sql: """
            SELECT object.bytes, object.duration_ms, voice.created_at, upload.url,
              upload.uploaded_at, upload.expires_at,
              (SELECT count(*) FROM upload WHERE digest = voice.clip AND dead_at IS NOT NULL) AS dead
            FROM voice
            JOIN object ON object.digest = voice.clip
            LEFT JOIN upload ON upload.url = (
              SELECT url
              FROM upload
              WHERE digest = voice.clip AND dead_at IS NULL AND expires_at > :now
              ORDER BY expires_at DESC
              LIMIT 1)
            WHERE voice.name = :name
            """, arguments: ["now": now, "name": voice.name]
        ).map { VoiceRow(voice, row: $0) }
      }
    }
  }
}

extension VoiceRow {
  fileprivate init(_ voice: Voice, row: Row) {
    let url: String? = row["url"]
    self.init(
      voice: voice, bytes: row["bytes"], milliseconds: row["duration_ms"],
      createdAt: row["created_at"],
      upload: url.map { url in
        Upload(
          digest: voice.clip, url: url,
          uploadedAt: Timestamp(milliseconds: row["uploaded_at"] ?? 0),
          expiresAt: Timestamp(milliseconds: row["expires_at"] ?? 0))
      }, deadUploads: row["dead"])
  }
}
