import CSMCore

/// Converts rows of data sets to the keys of `JSONEntry`: Hugging Face's `metadata.jsonl` and viewer, NeMo's
/// manifests, Common Voice.
///
/// All other keys of a row are kept as meta, except keys of ours whose values can have our meaning.
enum DataSetRow {
  private static let texts = ["text", "sentence", "transcription", "transcript"]
  private static let paths = ["file_name", "audio_filepath", "audio_file", "path"]

  /// - Returns: nil for an object that is not such a row.
  static func entry(_ object: [String: JSONValue]) -> [String: JSONValue]? {
    if case .object(let row) = object["row"], let index = object["row_idx"] {
      return entry(row, number: index)
    }
    let isRow =
      object["scene"] == nil
      && (paths.prefix(3).contains { object[$0] != nil } || object["text"] == nil)
    return isRow ? entry(object, number: nil) : nil
  }

  private static func entry(
    _ row: [String: JSONValue], number: JSONValue?
  ) -> [String: JSONValue]? {
    guard let text = texts.first(where: { row[$0] != nil }) else { return nil }
    var meta = row
    func take(_ key: String) -> JSONValue? { meta.removeValue(forKey: key) }
    var entry = ["text": take(text) ?? .null]
    if let id = take("id") {
      entry["id"] = id
    } else if let path = paths.first(where: { meta[$0] != nil }) {
      entry["output_file"] = take(path)
    } else if let number {
      entry["id"] = number
    }
    // As a name, since a data set's speaker ids go far beyond CSM's.
    let speaker = take("speaker") ?? take("speaker_name") ?? take("speaker_id")
    if let name = speaker?.written { entry["speaker"] = .string(name) }
    for key in ourKeys(of: row) { entry[key] = take(key) }
    if case .object(let own) = row["meta"] {
      meta["meta"] = nil
      meta.merge(own) { _, own in own }
    }
    if !meta.isEmpty { entry["meta"] = .object(meta) }
    return entry
  }

  /// The keys that say how to speak the text, and are not just columns of the same names.
  private static func ourKeys(of row: [String: JSONValue]) -> [String] {
    row.keys.filter { key in
      switch (key, row[key]) {
      case ("spoken", .string), ("voice", .string), ("ref_audio", .string): true
      case ("ref_text", .string): row["ref_audio"] != nil
      case ("takes", let takes?): takes.written.flatMap { Int($0) } != nil
      case ("context", .array(let clips)):
        clips.allSatisfy { if case .object = $0 { true } else { false } }
      default: false
      }
    }
  }

  /// Whether Hugging Face's viewer truncated the text of a row.
  static func isCut(_ object: [String: JSONValue]) -> Bool {
    guard case .array(let cut) = object["truncated_cells"] else { return false }
    return texts.contains { cut.contains(.string($0)) }
  }
}
