import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import Foundation

/// A row of `manifest.jsonl`.
struct ManifestRow {
  let batch: String
  let id: String
  /// The line; nil if it is no longer in the batch, and the row only lists its files.
  let line: LineRow?
  /// The line's file in the folder; nil if there is none.
  let file: ExportedFile?
  /// The line's files of earlier exports, such as another take or form, that are still there unchanged.
  ///
  /// A later export may replace them.
  let earlier: [ExportedFile]

  var json: JSONObject {
    [
      "id": id, "batch": batch, "file": file?.name.description,
      "file_sha256": file?.digest.hex, "file_bytes": file?.mark?.bytes,
      "file_mtime_ns": file?.mark?.modified, "converted": file?.recipe,
      "file_duration_s": file?.milliseconds.map { Decimal($0) / 1000 },
      "clipped": file?.isClipped, "earlier": earlier,
      "status": line?.state, "text": line?.text, "sent": line?.sent,
      "speaker": line?.whoSpeaks, "voice": line?.voice, "scene": line?.scene,
      "turn": line?.turn, "take": line?.take, "takes": line?.takes, "former": line?.former,
      "checks": line?.shownMarks, "check_names": line?.shownChecks, "bytes": line?.bytes,
      "sha256": line?.digest?.hex, "chars": line?.characters, "attempts": line?.attempts,
      "error_code": line?.errorClass,
      "error": line?.error, "duration_s": line?.seconds, "cost_usd": line?.cost?.decimal,
      "request_id": line?.requestID, "source_file": line?.sourceFile,
      "source_line": line?.sourceLine, "queued_at": line?.createdAt.rfc3339,
      "finished_at": line?.finishedAt?.rfc3339, "meta": line?.metaValues,
    ]
  }
}
