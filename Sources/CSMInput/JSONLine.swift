import CSMCore
import Foundation

/// A line of JSONL: `{"text": …}`, or fal's own body `{"scene": […], "context": […]}`.
///
/// Keys are strict, since a misspelt one costs money; free data belongs into `meta`.
struct JSONLine {
  private let text: String

  init(_ text: String) {
    self.text = text
  }

  private static let textKeys = ["text", "id", "speaker", "speaker_id", "meta"]
  private static let sceneKeys = ["scene", "context", "id", "meta"]
  private static let turnKeys = ["text", "speaker", "speaker_id"]
  private static let clipKeys = ["prompt", "audio_url", "speaker_id"]
  private static let idBytesMax = 200

  func read(speaker: Int) throws(Rejection) -> SpokenLine {
    let object = try object(try parsed(), "the line")
    let isScene = object["scene"] != nil
    try demand(Self.sceneKeys + (isScene ? [] : Self.textKeys), in: object, "the line")
    guard isScene || object["text"] != nil else {
      throw Rejection("neither \"text\" nor \"scene\" is there")
    }
    let request =
      isScene
      ? SpeechRequest(
        scene: try turns(object["scene"], speaker), context: try clips(object["context"]))
      : SpeechRequest(scene: [try turn(object, speaker)], context: try clips(object["context"]))
    return SpokenLine(
      id: try id(object["id"]), request: request, meta: try meta(object["meta"]))
  }

  private func parsed() throws(Rejection) -> JSONValue {
    do {
      return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      let description = "\(error)"
      let column = description.firstMatch(of: /column (\d+)/).flatMap { Int($0.1) } ?? 1
      throw Rejection(column: column, "this is not JSON")
    }
  }

  private func turns(_ value: JSONValue?, _ speaker: Int) throws(Rejection) -> [SpeechRequest.Turn]
  {
    guard case .array(let values) = value, !values.isEmpty else {
      throw rejection("scene", "\"scene\" must be a list of at least one turn")
    }
    var turns: [SpeechRequest.Turn] = []
    for value in values {
      let object = try object(value, "a turn of \"scene\"")
      try demand(Self.turnKeys, in: object, "a turn")
      turns.append(try turn(object, speaker))
    }
    return turns
  }

  private func turn(_ object: [String: JSONValue], _ speaker: Int) throws(Rejection)
    -> SpeechRequest.Turn
  {
    let text = try string(object["text"], "text")
    do {
      return SpeechRequest.Turn(
        text: try SpokenText.spoken(text), speakerID: try self.speaker(in: object) ?? speaker)
    } catch {
      throw error.column > 1 ? error : rejection("text", error.reason)
    }
  }

  private func clips(_ value: JSONValue?) throws(Rejection) -> [SpeechRequest.Clip] {
    switch value {
    case nil, .null: return []
    case .array(let values):
      var clips: [SpeechRequest.Clip] = []
      for value in values {
        let object = try object(value, "a clip of \"context\"")
        try demand(Self.clipKeys, in: object, "a clip")
        guard let speaker = try speaker(in: object) else {
          throw rejection("context", "a clip of \"context\" needs a \"speaker_id\"")
        }
        let url = try string(object["audio_url"], "audio_url")
        guard url.hasPrefix("https://") || url.hasPrefix("http://") || url.hasPrefix("data:") else {
          throw rejection("audio_url", "\"audio_url\" must be a URL that fal can reach")
        }
        let prompt = try string(object["prompt"], "prompt")
        clips.append(SpeechRequest.Clip(prompt: prompt, audioURL: url, speakerID: speaker))
      }
      return clips
    default: throw rejection("context", "\"context\" must be a list")
    }
  }

  /// Who speaks: a small number, also where it is written as a string.
  private func speaker(in object: [String: JSONValue]) throws(Rejection) -> Int? {
    for key in ["speaker_id", "speaker"] {
      guard let value = object[key] else { continue }
      let number: Int? =
        switch value {
        case .integer(let number): number
        case .string(let text): Int(text)
        default: nil
        }
      guard let number, Speaker.ids.contains(number) else {
        throw rejection(key, "\"\(key)\" must be a number from 0 to \(Speaker.ids.upperBound)")
      }
      return number
    }
    return nil
  }

  private func id(_ value: JSONValue?) throws(Rejection) -> String? {
    guard let value, value != .null else { return nil }
    let id: String
    switch value {
    case .integer(let number): id = String(number)
    case .string(let text): id = text
    default: throw rejection("id", "\"id\" must be a string")
    }
    guard !id.isEmpty, id.utf8.count <= Self.idBytesMax, Printable.line(id) == id else {
      throw rejection("id", "\"id\" must be 1 to \(Self.idBytesMax) bytes that can be printed")
    }
    return id
  }

  private func meta(_ value: JSONValue?) throws(Rejection) -> String? {
    guard let value, value != .null else { return nil }
    guard case .object = value else { throw rejection("meta", "\"meta\" must be an object") }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw rejection("meta", "\"meta\" cannot be kept")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func string(_ value: JSONValue?, _ key: String) throws(Rejection) -> String {
    guard case .string(let text) = value else {
      throw rejection(
        key, "\"\(key)\" must be a string" + (value.map { ", not \($0.kind)" } ?? ": it is missing")
      )
    }
    guard !text.utf8.contains(0) else {
      throw rejection(key, "a NUL character cannot be spoken")
    }
    return text
  }

  private func object(_ value: JSONValue, _ what: String) throws(Rejection) -> [String: JSONValue] {
    guard case .object(let object) = value else {
      throw Rejection("\(what) must be a JSON object, not \(value.kind)")
    }
    return object
  }

  private func demand(_ keys: [String], in object: [String: JSONValue], _ what: String)
    throws(Rejection)
  {
    for key in object.keys.sorted() where !keys.contains(key) {
      let nearest = Spelling.nearest(to: key, among: keys).map { ": did you mean \"\($0)\"?" } ?? ""
      throw rejection(key, "\(what) has no key \"\(Printable.line(key))\"\(nearest)")
    }
  }

  /// A rejection at the place where a key stands.
  private func rejection(_ key: String, _ reason: String) -> Rejection {
    let place = text.range(of: "\"\(key)\"")?.lowerBound ?? text.startIndex
    return Rejection(column: text.distance(from: text.startIndex, to: place) + 1, reason)
  }
}

/// The speakers that a turn may name.
package enum Speaker {
  /// CSM writes the id in front of the text; only 0 and 1 stand in its own examples.
  package static let ids = 0...9
}
