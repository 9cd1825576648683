import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

// A voice, for people and scripts.

extension VoiceRow {
  /// - Parameter faults: what is wrong with the voice; nil if it was not checked.
  package func json(faults: [String]? = nil) -> JSONObject {
    [
      "name": voice.name, "transcript": voice.transcript, "consent": voice.consent,
      "digest": voice.clip.hex, "bytes": bytes,
      "duration_s": milliseconds.map { Decimal($0) / 1000 }, "positions": positions,
      "created_at": createdAt.rfc3339, "uploaded_at": upload?.uploadedAt.rfc3339,
      "upload_expires_at": upload?.expiresAt.rfc3339, "faults": faults,
    ]
  }

  /// The positions that the voice takes in every request.
  package var positions: Int {
    Positions.clip(
      milliseconds: milliseconds ?? 0, characters: voice.transcript.unicodeScalars.count)
  }

  /// Where the clip is at fal, in a few words.
  package var uploadState: String {
    if let upload { return "until \(upload.expiresAt.rfc3339.prefix(10))" }
    return deadUploads > 0 ? "gone; uploaded again when needed" : "when needed"
  }
}
