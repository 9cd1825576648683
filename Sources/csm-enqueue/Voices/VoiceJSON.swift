import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

/// A voice as JSON: every field is there, and null where it has no value.
struct VoiceJSON: Encodable {
  private let voice: Voice
  private let bytes: Int
  private let milliseconds: Int?
  private let createdAt: Timestamp
  private let upload: Upload?
  /// What is wrong with it; nil where that was not looked at.
  private let faults: [String]?

  init(_ row: VoiceRow, faults: [String]? = nil) {
    voice = row.voice
    bytes = row.bytes
    milliseconds = row.milliseconds
    createdAt = row.createdAt
    upload = row.upload
    self.faults = faults
  }

  enum CodingKeys: String, CodingKey {
    case name, transcript, consent, digest, bytes, positions, faults
    case duration = "duration_s"
    case createdAt = "created_at"
    case uploadedAt = "uploaded_at"
    case expiresAt = "upload_expires_at"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(voice.name, forKey: .name)
    try values.encode(voice.transcript, forKey: .transcript)
    try values.encode(voice.consent, forKey: .consent)
    try values.encode(voice.clip.hex, forKey: .digest)
    try values.encode(bytes, forKey: .bytes)
    try values.encode(milliseconds.map { Decimal($0) / 1000 }, forKey: .duration)
    try values.encode(voice.positions(milliseconds: milliseconds), forKey: .positions)
    try values.encode(createdAt.rfc3339, forKey: .createdAt)
    try values.encode(upload?.uploadedAt.rfc3339, forKey: .uploadedAt)
    try values.encode(upload?.expiresAt.rfc3339, forKey: .expiresAt)
    try values.encode(faults, forKey: .faults)
  }
}

extension Voice {
  /// The room that the voice takes in every request.
  func positions(milliseconds: Int?) -> Int {
    Positions.clip(
      milliseconds: milliseconds ?? 0, characters: transcript.unicodeScalars.count)
  }
}
