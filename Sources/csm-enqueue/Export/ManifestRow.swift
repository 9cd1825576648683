import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import Foundation

/// A line in `manifest.jsonl`: every field is there, and null where it has no value.
struct ManifestRow: Encodable {
  let batch: String
  let id: String
  /// The line as it is; nil for one that is gone from the batch, whose row tells of its files only.
  let line: LineRow?
  /// The line's file in the folder; nil where there is none.
  let file: ExportedFile?
  /// What earlier exports made of the line, such as another take or form, that is still there unchanged:
  /// a later export may replace it.
  let earlier: [ExportedFile]

  enum CodingKeys: String, CodingKey {
    case id, batch, file, earlier, converted, status, text, sent, speaker, voice, scene, turn
    case take, takes, former, checks, bytes, sha256, chars, attempts, error, meta
    case duration = "duration_s"
    case cost = "cost_usd"
    case requestID = "request_id"
    case errorCode = "error_code"
    case fileSHA256 = "file_sha256"
    case sourceFile = "source_file"
    case sourceLine = "source_line"
    case queuedAt = "queued_at"
    case finishedAt = "finished_at"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(id, forKey: .id)
    try values.encode(batch, forKey: .batch)
    try values.encode(file?.name.description, forKey: .file)
    try values.encode(file?.digest.hex, forKey: .fileSHA256)
    try values.encode(file?.conversion, forKey: .converted)
    try values.encode(earlier, forKey: .earlier)
    try values.encode(line?.state, forKey: .status)
    try values.encode(line?.text, forKey: .text)
    try values.encode(line?.sent, forKey: .sent)
    try values.encode(line?.whoSpeaks, forKey: .speaker)
    try values.encode(line?.voice, forKey: .voice)
    try values.encode(line?.scene, forKey: .scene)
    try values.encode(line?.turn, forKey: .turn)
    try values.encode(line?.take, forKey: .take)
    try values.encode(line?.takes, forKey: .takes)
    try values.encode(line?.former, forKey: .former)
    try values.encode(line?.shownChecks, forKey: .checks)
    try values.encode(line?.bytes, forKey: .bytes)
    try values.encode(line?.digest?.hex, forKey: .sha256)
    try values.encode(line?.characters, forKey: .chars)
    try values.encode(line?.attempts, forKey: .attempts)
    try values.encode(line?.errorClass, forKey: .errorCode)
    try values.encode(line?.error, forKey: .error)
    try values.encode(line?.seconds, forKey: .duration)
    try values.encode(line?.cost?.decimal, forKey: .cost)
    try values.encode(line?.requestID, forKey: .requestID)
    try values.encode(line?.sourceFile, forKey: .sourceFile)
    try values.encode(line?.sourceLine, forKey: .sourceLine)
    try values.encode(line?.createdAt.rfc3339, forKey: .queuedAt)
    try values.encode(line?.finishedAt?.rfc3339, forKey: .finishedAt)
    try values.encode(line?.metaValues, forKey: .meta)
  }
}
