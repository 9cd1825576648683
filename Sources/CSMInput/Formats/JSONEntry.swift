import CSMCore
import Foundation

/// An object of JSON or JSONL: `{"text": …}`, or fal's own body `{"scene": […], "context": […]}`.
///
/// Unknown keys are rejected, since a misspelt one costs money; free data belongs in `meta`. Keys of piper's
/// and OmniVoice's input are accepted too, and so are rows of data sets.
struct JSONEntry {
  private let text: String
  private let line: Int
  /// How many characters precede it in its line.
  private let column: Int

  init(_ text: String, line: Int, column: Int = 0) {
    self.text = text
    self.line = line
    self.column = column
  }

  private static let commonKeys = ["id", "output_file", "context", "takes", "meta"]
  private static let textKeys =
    commonKeys + ["text", "spoken", "speaker", "speaker_id", "voice", "ref_audio", "ref_text"]
  private static let sceneKeys = commonKeys + ["scene", "per_turn"]
  private static let turnKeys = ["text", "speaker", "speaker_id", "voice", "spoken", "id"]
  private static let clipKeys = ["prompt", "audio_url", "file", "speaker_id", "voice"]
  /// Keys of OmniVoice that CSM has no use for; they are kept as meta.
  private static let omniVoiceKeys = [
    "instruct", "language_id", "language_name", "duration", "speed",
  ]

  func read() throws(Rejection) -> Entry {
    let written = try object(try parsed(), "the line")
    guard !DataSetRow.isCut(written) else {
      throw rejection(
        "truncated_cells", .field, "the text of this row was truncated by its exporter")
    }
    let object = DataSetRow.entry(written) ?? written
    let isScene = object["scene"] != nil
    guard isScene || object["text"] != nil else {
      // If a key was misspelt, the nearest known key is a better hint.
      try requireKeys(Self.textKeys + Self.sceneKeys, in: object, "the line")
      throw rejection("", .field, "there is neither \"text\" nor \"scene\"")
    }
    let isOmniVoice = object["ref_audio"] != nil || object["language_id"] != nil
    let extra = isOmniVoice ? Self.omniVoiceKeys : []
    try requireKeys((isScene ? Self.sceneKeys : Self.textKeys) + extra, in: object, "the line")
    let turns = isScene ? try turns(object["scene"]) : [try turn(object)]
    var entry = Entry(line: line, turns: turns)
    entry.id = try id(object)
    entry.context = try clips(object["context"]) + reference(object)
    entry.isPerTurn = try bool(object, "per_turn")
    if let takes = object["takes"], takes != .null {
      entry.takes = try Takes.read(takes.written ?? "", at: place(of: "takes"))
    }
    entry.meta = try meta(object["meta"], extra: object.filter { extra.contains($0.key) })
    return entry
  }

  /// Refuses the whole file if this object, its first, has no key that is known or similar to a known one.
  func requireKnownKind() throws(InputError) {
    guard case .object(let object)? = try? parsed(), DataSetRow.entry(object) == nil else { return }
    let keys = object.keys.filter { !Self.commonKeys.contains($0) }.sorted()
    let known = Self.textKeys + Self.sceneKeys
    let isForeign = keys.allSatisfy { Spelling.nearest(to: $0, among: known) == nil }
    guard !keys.isEmpty, isForeign, !keys.contains(where: known.contains) else { return }
    throw .refused(
      Rejection(
        line: line, column: column + 1, .field,
        "unknown kind of object (\(Printable.line(keys.prefix(5).joined(separator: ", ")))): each object "
          + "needs \"text\", or \"scene\" with turns"))
  }

  /// The place of an error in Foundation's messages.
  ///
  /// Static because compiling it takes longer than reading a line. `Regex` is not `Sendable`, but this one
  /// never changes.
  private nonisolated(unsafe) static let place = /line (\d+), column (\d+)/

  private func parsed() throws(Rejection) -> JSONValue {
    do {
      return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      let match = "\(error)".firstMatch(of: Self.place)
      let row = match.flatMap { Int($0.1) } ?? 1
      let place = match.flatMap { Int($0.2) } ?? 1
      throw Rejection(
        line: line + row - 1, column: row == 1 ? column + place : place, .syntax,
        "this is not JSON")
    }
  }

  // MARK: Turns

  private func turns(_ value: JSONValue?) throws(Rejection) -> [Entry.Turn] {
    guard case .array(let values) = value, !values.isEmpty else {
      throw rejection("scene", .field, "\"scene\" must be a list of at least one turn")
    }
    var turns: [Entry.Turn] = []
    for value in values {
      let object = try object(value, "a turn of \"scene\"")
      try requireKeys(Self.turnKeys, in: object, "a turn")
      var turn = try turn(object)
      turn.id = try id(object)
      turns.append(turn)
    }
    return turns
  }

  private func turn(_ object: [String: JSONValue]) throws(Rejection) -> Entry.Turn {
    var turn = Entry.Turn(line: line, text: try string(object["text"], "text"))
    turn.column = column + 1
    turn.spoken = try optionalString(object, "spoken")
    turn.voice = try optionalString(object, "voice")
    turn.speaker = try speaker(in: object)
    return turn
  }

  /// The speaker: a name, or an id as a number or a string.
  private func speaker(in object: [String: JSONValue]) throws(Rejection) -> Entry.Speaker? {
    if let id = object["speaker_id"], id != .null { return .id(try speakerID(id, "speaker_id")) }
    switch object["speaker"] {
    case nil, .null: return nil
    case .string(let name): return Entry.Speaker(written: name)
    case let id?: return .id(try speakerID(id, "speaker"))
    }
  }

  private func speakerID(_ value: JSONValue, _ key: String) throws(Rejection) -> Int {
    guard let id = value.written.flatMap({ Int($0) }), SpeechLimits.speakerIDs.contains(id) else {
      throw rejection(
        key, .field,
        "\"\(key)\" must be a number from 0 to \(SpeechLimits.speakerIDs.upperBound)")
    }
    return id
  }

  // MARK: Clips

  private func clips(_ value: JSONValue?) throws(Rejection) -> [Entry.Clip] {
    guard let value, value != .null else { return [] }
    guard case .array(let values) = value else {
      throw rejection("context", .field, "\"context\" must be a list")
    }
    var clips: [Entry.Clip] = []
    for value in values {
      let object = try object(value, "a clip of \"context\"")
      try requireKeys(Self.clipKeys, in: object, "a clip")
      let id = object["speaker_id"].flatMap { $0 == .null ? nil : $0 }
      var clip = Entry.Clip(source: try source(object))
      clip.speakerID = if let id { try speakerID(id, "speaker_id") } else { nil }
      if clip.speakerID == nil, case .url = clip.source {
        throw rejection("context", .field, "a clip of \"context\" needs a \"speaker_id\"")
      }
      clips.append(clip)
    }
    return clips
  }

  private func source(_ object: [String: JSONValue]) throws(Rejection) -> Entry.Clip.Source {
    if let voice = try optionalString(object, "voice") { return .voice(voice) }
    if object["file"] != nil {
      throw rejection("file", .voice, Self.localClip)
    }
    return try url(object, "audio_url", prompt: "prompt")
  }

  /// OmniVoice's `ref_audio` and `ref_text`: a clip of the speaker's voice.
  private func reference(_ object: [String: JSONValue]) throws(Rejection) -> [Entry.Clip] {
    guard object["ref_audio"] != nil else { return [] }
    let speaker = try speaker(in: object)
    let id = if case .id(let id) = speaker { id } else { 0 }
    return [
      Entry.Clip(source: try url(object, "ref_audio", prompt: "ref_text"), speakerID: id)
    ]
  }

  private func url(_ object: [String: JSONValue], _ key: String, prompt: String) throws(Rejection)
    -> Entry.Clip.Source
  {
    let url = try string(object[key], key)
    guard url.hasPrefix("https://") || url.hasPrefix("http://") || url.hasPrefix("data:") else {
      throw rejection(key, .voice, "\"\(key)\" must be a URL that fal can reach. \(Self.localClip)")
    }
    return .url(url, prompt: try string(object[prompt], prompt))
  }

  private static let localClip =
    "To use a clip on this machine, add it as a voice: csm-enqueue voice add NAME CLIP --text WORDS; then "
    + "write \"voice\": \"NAME\""

  // MARK: Values

  private func id(_ object: [String: JSONValue]) throws(Rejection) -> String? {
    for key in ["id", "output_file"] {
      guard let value = object[key], value != .null else { continue }
      guard let id = value.written else {
        throw rejection(key, .id, "\"\(key)\" must be a string")
      }
      return key == "id"
        ? try LineID.read(id, at: place(of: key))
        : try LineID.read(path: id, mayBeFolder: false, at: place(of: key))
    }
    return nil
  }

  private func meta(_ value: JSONValue?, extra: [String: JSONValue]) throws(Rejection) -> String? {
    switch value {
    case nil, .null:
      return extra.isEmpty ? nil : try MetaText.text(of: JSONValue.object(extra), line: line)
    case .object(let object):
      return try MetaText.text(
        of: JSONValue.object(object.merging(extra) { own, _ in own }), line: line)
    default: throw rejection("meta", .field, "\"meta\" must be an object")
    }
  }

  private func bool(_ object: [String: JSONValue], _ key: String) throws(Rejection) -> Bool? {
    switch object[key] {
    case nil, .null: return nil
    case .bool(let value): return value
    default: throw rejection(key, .field, "\"\(key)\" must be true or false")
    }
  }

  private func optionalString(_ object: [String: JSONValue], _ key: String) throws(Rejection)
    -> String?
  {
    guard let value = object[key], value != .null else { return nil }
    return try string(value, key)
  }

  private func string(_ value: JSONValue?, _ key: String) throws(Rejection) -> String {
    guard case .string(let text) = value else {
      throw rejection(
        key, .field,
        "\"\(key)\" must be a string" + (value.map { ", not \($0.kind)" } ?? ": it is missing"))
    }
    guard !text.utf8.contains(0) else {
      throw rejection(key, .encoding, "a NUL character cannot be spoken")
    }
    return text
  }

  private func object(_ value: JSONValue, _ what: String) throws(Rejection) -> [String: JSONValue] {
    guard case .object(let object) = value else {
      throw rejection("", .syntax, "\(what) must be a JSON object, not \(value.kind)")
    }
    return object
  }

  private func requireKeys(
    _ keys: [String], in object: [String: JSONValue], _ what: String
  ) throws(Rejection) {
    for key in object.keys.sorted() where !keys.contains(key) {
      let nearest = Spelling.nearest(to: key, among: keys).map { ": did you mean \"\($0)\"?" } ?? ""
      throw rejection(
        key, .field, "\(what) has an unknown key \"\(Printable.line(key))\"\(nearest)")
    }
  }

  private func rejection(_ key: String, _ code: Rejection.Code, _ reason: String) -> Rejection {
    let place = place(of: key)
    return Rejection(line: place.line, column: place.column, code, reason)
  }

  /// The place of a key; the beginning of the object if it is not found.
  private func place(of key: String) -> (line: Int, column: Int) {
    guard !key.isEmpty, let range = text.range(of: "\"\(key)\"") else { return (line, column + 1) }
    let before = text[..<range.lowerBound]
    let lineStart = before.lastIndex(where: \.isNewline).map { before.index(after: $0) }
    let column = before[(lineStart ?? before.startIndex)...].count + 1
    return (
      line + before.count(where: \.isNewline), lineStart == nil ? self.column + column : column
    )
  }
}
