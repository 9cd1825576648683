/// A model listed by fal; the raw value is its endpoint.
enum Model: String, CaseIterable, Sendable {
  case csm = "fal-ai/csm-1b"
  /// A model that speaks an optional `prompt` and ignores a scene.
  case kokoro = "fal-ai/kokoro/american-english"

  /// `owner/app`, which the URLs of its requests start with.
  var app: String { rawValue.split(separator: "/").prefix(2).joined(separator: "/") }

  /// Its metadata in fal's list.
  func metadata(isDeprecated: Bool) -> JSON {
    let page = "https://fal.ai/models/" + rawValue
    return [
      "display_name": .string(name), "category": .string(category),
      "description": "A stand-in of csm-localfal.",
      "status": isDeprecated ? "deprecated" : "active", "tags": ["speech"],
      "updated_at": "2026-01-01T00:00:00Z", "is_favorited": nil,
      "thumbnail_url": .string(page + "/thumbnail.webp"),
      "model_url": .string("https://fal.run/" + rawValue), "date": "2025-03-01T00:00:00Z",
      "highlighted": false, "kind": "inference", "pinned": false,
    ]
  }

  /// Its OpenAPI document, as far as a caller of the queue needs it.
  var openAPI: JSON {
    let page = "https://fal.ai/models/" + rawValue
    return [
      "openapi": "3.0.4",
      "info": [
        "title": .string("Queue OpenAPI for " + rawValue), "version": "1.0.0",
        "x-fal-metadata": [
          "endpointId": .string(rawValue), "category": .string(category),
          "playgroundUrl": .string(page), "documentationUrl": .string(page + "/api"),
        ],
      ],
      "components": [
        "securitySchemes": [
          "apiKeyAuth": ["type": "apiKey", "in": "header", "name": "Authorization"]
        ],
        "schemas": .object(schemas.merging([schema + "Output": Self.output]) { first, _ in first }),
      ],
      "paths": [
        "/\(rawValue)": ["post": post],
        "/\(rawValue)/requests/{request_id}": ["get": Self.answer(schema + "Output")],
        "/\(rawValue)/requests/{request_id}/status": ["get": Self.answer("QueueStatus")],
        "/\(rawValue)/requests/{request_id}/cancel": ["put": Self.answer("QueueStatus")],
      ],
      "servers": [["url": "https://queue.fal.run"]], "security": [["apiKeyAuth": []]],
    ]
  }
}

extension Model {
  private var name: String {
    switch self {
    case .csm: "CSM-1B"
    case .kokoro: "Kokoro TTS"
    }
  }

  private var category: String {
    switch self {
    case .csm: "text-to-audio"
    case .kokoro: "text-to-speech"
    }
  }

  /// The prefix of its schemas' names.
  private var schema: String {
    switch self {
    case .csm: "Csm1b"
    case .kokoro: "KokoroAmericanEnglish"
    }
  }

  private var schemas: [String: JSON] {
    var schemas: [String: JSON] = [
      "QueueStatus": Self.object(
        "QueueStatus", ["status": Self.string, "request_id": Self.string],
        required: ["status", "request_id"]),
      "File": Self.object("File", ["url": Self.string], required: ["url"]),
    ]
    switch self {
    case .csm:
      schemas[schema + "Input"] = Self.object(
        schema + "Input", ["scene": Self.list("Turn"), "context": Self.list("Speaker")],
        required: ["scene"])
      schemas["Turn"] = Self.object(
        "Turn", ["text": Self.string, "speaker_id": Self.integer],
        required: ["text", "speaker_id"])
      schemas["Speaker"] = Self.object(
        "Speaker",
        ["prompt": Self.string, "audio_url": Self.string, "speaker_id": Self.integer],
        required: ["prompt", "audio_url", "speaker_id"])
    case .kokoro:
      schemas[schema + "Input"] = Self.object(
        schema + "Input", ["prompt": ["type": "string", "default": ""]], required: [])
    }
    return schemas
  }

  private var post: JSON {
    [
      "requestBody": [
        "required": true,
        "content": ["application/json": ["schema": Self.reference(schema + "Input")]],
      ], "responses": Self.responses("QueueStatus"),
    ]
  }

  private static let string: JSON = ["type": "string"]
  private static let integer: JSON = ["type": "integer"]
  private static let output = object(
    "Output", ["audio": ["allOf": [reference("File")]]], required: ["audio"])

  private static func reference(_ schema: String) -> JSON {
    ["$ref": .string("#/components/schemas/" + schema)]
  }

  private static func list(_ schema: String) -> JSON {
    ["type": "array", "items": reference(schema)]
  }

  private static func object(
    _ title: String, _ properties: [String: JSON], required: [JSON]
  ) -> JSON {
    var members: [String: JSON] = [
      "title": .string(title), "type": "object", "properties": .object(properties),
      "x-fal-order-properties": .array(properties.keys.sorted().map { .string($0) }),
    ]
    if !required.isEmpty { members["required"] = .array(required) }
    return .object(members)
  }

  private static func answer(_ schema: String) -> JSON {
    ["responses": responses(schema)]
  }

  private static func responses(_ schema: String) -> JSON {
    ["200": ["content": ["application/json": ["schema": reference(schema)]]]]
  }
}
