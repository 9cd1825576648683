/// The input of a model: the turns to speak and the clips to sound like.
struct SpeechInput: Sendable, Equatable {
  struct Turn: Sendable, Equatable {
    let text: String
    let speaker: Int
  }

  let scene: [Turn]
  /// The URLs of the clips in the context.
  let clips: [String]

  /// The billed characters: Unicode scalars, as fal is assumed to count.
  var characters: Int { scene.reduce(0) { $0 + $1.text.unicodeScalars.count } }

  /// Validates `body` like the model's framework.
  ///
  /// The error contains the `detail` of a 422 answer, with one entry per problem.
  init(checking body: [UInt8], for model: Model) throws(InvalidInput) {
    guard let json = try? JSON(parsing: body) else {
      throw InvalidInput(detail: [Self.problem("json_invalid", "JSON decode error", at: [], .null)])
    }
    var check = Check()
    switch model {
    case .csm:
      scene = check.turns(in: json)
      clips = check.context(in: json)
    case .kokoro:
      scene = [Turn(text: check.prompt(in: json), speaker: 0)]
      clips = []
    }
    if !check.problems.isEmpty { throw InvalidInput(detail: check.problems) }
  }

  /// The content of a 422 answer.
  struct InvalidInput: Error {
    let detail: [JSON]
  }

  fileprivate static func problem(
    _ type: String, _ message: String, at location: [JSON], _ input: JSON
  ) -> JSON {
    [
      "type": .string(type), "loc": .array(["body"] + location), "msg": .string(message),
      "input": input,
    ]
  }
}

/// Collects the problems, in the order of the fields.
private struct Check {
  var problems: [JSON] = []

  mutating func turns(in body: JSON) -> [SpeechInput.Turn] {
    guard case .object = body else {
      report("model_attributes_type", "Input should be a valid dictionary", [], body)
      return []
    }
    guard let elements = list("scene", in: body, required: true) else { return [] }
    return elements.enumerated().compactMap { index, turn in
      let place: [JSON] = ["scene", .integer(index)]
      guard isObject(turn, place) else { return nil }
      let text = string("text", in: turn, place)
      let speaker = integer("speaker_id", in: turn, place)
      guard let text, let speaker else { return nil }
      return SpeechInput.Turn(text: text, speaker: speaker)
    }
  }

  /// The optional `prompt`; other fields, such as a scene, are ignored.
  mutating func prompt(in body: JSON) -> String {
    guard case .object(let members) = body else {
      report("model_attributes_type", "Input should be a valid dictionary", [], body)
      return ""
    }
    return members["prompt"] == nil ? "" : string("prompt", in: body, []) ?? ""
  }

  mutating func context(in body: JSON) -> [String] {
    guard let elements = list("context", in: body, required: false) else { return [] }
    return elements.enumerated().compactMap { index, speaker in
      let place: [JSON] = ["context", .integer(index)]
      guard isObject(speaker, place) else { return nil }
      _ = string("prompt", in: speaker, place)
      let clip = string("audio_url", in: speaker, place)
      _ = integer("speaker_id", in: speaker, place)
      return clip
    }
  }

  private mutating func list(_ name: String, in body: JSON, required: Bool) -> [JSON]? {
    switch body[name] {
    case .array(let elements): return elements
    case nil where required: report("missing", "Field required", [.string(name)], body)
    case nil: break
    case .null where !required: break
    case .some(let other):
      report("list_type", "Input should be a valid list", [.string(name)], other)
    }
    return nil
  }

  private mutating func isObject(_ value: JSON, _ place: [JSON]) -> Bool {
    if case .object = value { return true }
    report("model_attributes_type", "Input should be a valid dictionary", place, value)
    return false
  }

  private mutating func string(_ name: String, in object: JSON, _ place: [JSON]) -> String? {
    switch object[name] {
    case .string(let text): return text
    case nil: report("missing", "Field required", place + [.string(name)], object)
    case .some(let other):
      report("string_type", "Input should be a valid string", place + [.string(name)], other)
    }
    return nil
  }

  private mutating func integer(_ name: String, in object: JSON, _ place: [JSON]) -> Int? {
    switch object[name] {
    case .integer(let number): return number
    case nil: report("missing", "Field required", place + [.string(name)], object)
    case .some(let other):
      report("int_type", "Input should be a valid integer", place + [.string(name)], other)
    }
    return nil
  }

  private mutating func report(_ type: String, _ message: String, _ place: [JSON], _ input: JSON) {
    problems.append(SpeechInput.problem(type, message, at: place, input))
  }
}
