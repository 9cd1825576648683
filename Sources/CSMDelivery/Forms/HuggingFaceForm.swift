import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// A folder for `load_dataset("audiofolder")`, with audio and a `metadata.jsonl` for each part.
struct HuggingFaceForm: LineForm {
  let split: Split?

  func path(_ standard: String, of line: LineRow) -> String {
    "\(part(of: line))/\(standard)"
  }

  private func part(of line: LineRow) -> String { split?.part(of: line) ?? "data" }

  /// `datasets` refuses a set with audio that is in no list, or loads it without its words.
  var wholeFolders: Set<String> { ["data", "train", "validation", "test"] }

  var lists: [any LineList] {
    guard let split else { return [Metadata(part: nil, split: split)] }
    return split.names.map { Metadata(part: $0, split: split) }
  }

  private struct Metadata: LineList {
    let part: String?
    let split: Split?
    var isEmpty = true

    var name: String { part.map { "\($0)/metadata.jsonl" } ?? "metadata.jsonl" }

    mutating func entry(of line: ExportedLine) throws -> String? {
      guard let path = line.path, part == split?.part(of: line.line) else { return nil }
      isEmpty = false
      let row: JSONObject = [
        // Relative to the list; each part has its own list and folder.
        "file_name": part.map { String(path.dropFirst($0.count + 1)) } ?? path,
        "transcription": line.line.text, "spoken": line.line.sent, "id": line.line.line,
        "speaker": line.speaker, "voice": line.line.voice,
        "duration": line.seconds,
      ]
      return try JSONText.line(row) + "\n"
    }

    var notes: [String] { isEmpty ? Split.notes(onEmpty: part) : [] }
  }
}
