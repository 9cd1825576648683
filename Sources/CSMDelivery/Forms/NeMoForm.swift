import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// Audio, and a manifest for NVIDIA NeMo for each part.
///
/// A manifest has one JSON object per line, with the audio's path relative to the manifest.
struct NeMoForm: LineForm {
  let split: Split?

  func path(_ standard: String, of line: LineRow) -> String { "audio/\(standard)" }

  func adapt(_ treatment: inout Treatment) { treatment.isWAV = true }

  var lists: [any LineList] {
    guard let split else { return [PartManifest(part: nil, split: nil)] }
    return split.names.map { PartManifest(part: $0, split: split) }
  }

  private struct PartManifest: LineList {
    let part: String?
    let split: Split?
    var unknown = 0
    var isEmpty = true

    var name: String { part.map { "\($0)_manifest.json" } ?? "all_manifest.json" }

    mutating func entry(of line: ExportedLine) throws -> String? {
      guard let path = line.path, part == split?.part(of: line.line) else { return nil }
      guard let seconds = line.seconds else {
        unknown += 1
        return nil
      }
      isEmpty = false
      let row: JSONObject = [
        "audio_filepath": path, "duration": seconds, "text": line.line.text,
        "spoken": line.line.sent, "speaker": line.speaker, "id": line.line.line,
      ]
      return try JSONText.line(row) + "\n"
    }

    var notes: [String] {
      (isEmpty ? Split.notes(onEmpty: part) : [])
        + (unknown == 0
          ? []
          : ["\(name): left out \(Figures.count(unknown, "line")) of unknown length"])
    }
  }
}
