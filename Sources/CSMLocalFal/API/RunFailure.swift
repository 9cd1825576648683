/// How a request can fail at fal, according to its result.
///
/// Names and codes are from fal's pages on request errors and model errors.
package struct RunFailure: Sendable, Equatable {
  /// Which part failed; determines the form of the body, and whether the status reports it.
  enum Level: Sendable {
    /// fal's platform: `detail` is a string, with `error_type` beside it and in the status.
    case request
    /// The model: `detail` is a list, and the status shows nothing.
    case model
    /// An uncaught exception: `detail` is a string, without a type.
    case unhandled
  }

  let status: Int
  let type: String
  let level: Level

  /// The failure called `name`: one of fal's types, or a status code from 400 to 599; nil for any
  /// other.
  init?(named name: String) {
    if let status = Self.requestErrors[name] {
      self.init(status: status, type: name, level: .request)
    } else if let status = Self.modelErrors[name] {
      self.init(status: status, type: name, level: .model)
    } else if let status = Int(name), (400...599).contains(status) {
      self.init(status: status, type: "", level: .unhandled)
    } else {
      return nil
    }
  }

  private init(status: Int, type: String, level: Level) {
    self.status = status
    self.type = type
    self.level = level
  }

  /// Cancelled by its caller.
  static let cancelled = RunFailure(status: 499, type: "client_cancelled", level: .request)

  /// Not started within the caller's deadline.
  static let startTimeout = RunFailure(status: 504, type: "request_timeout", level: .request)

  /// The message for people.
  var message: String {
    switch level {
    case .request: "Request failed: " + type.replacing("_", with: " ")
    case .model: "The model failed: " + type.replacing("_", with: " ")
    case .unhandled: status == 500 ? "Internal Server Error" : "Error \(status)"
    }
  }

  /// The body of the result.
  var body: JSON {
    switch level {
    case .request: ["detail": .string(message), "error_type": .string(type)]
    case .model:
      [
        "detail": [
          [
            "loc": ["body"], "msg": .string(message), "type": .string(type),
            "url": .string("https://docs.fal.ai/errors#" + type),
          ]
        ]
      ]
    case .unhandled: ["detail": .string(message)]
    }
  }

  /// The types of platform errors and their status codes.
  static let requestErrors: [String: Int] = [
    "request_timeout": 504, "startup_timeout": 504, "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503, "runner_disconnected": 503,
    "runner_connection_refused": 503, "runner_connection_error": 503,
    "runner_incomplete_response": 502, "runner_server_error": 500, "client_disconnected": 499,
    "client_cancelled": 499, "bad_request": 400, "internal_error": 500,
  ]

  /// The types of model errors and their status codes.
  static let modelErrors: [String: Int] = [
    "internal_server_error": 500, "generation_timeout": 504, "downstream_service_error": 400,
    "downstream_service_unavailable": 500, "content_policy_violation": 422,
    "no_media_generated": 422, "file_download_error": 422, "file_too_large": 422,
    "unsupported_audio_format": 422, "audio_duration_too_long": 422,
    "audio_duration_too_short": 422, "sequence_too_long": 422, "sequence_too_short": 422,
    "feature_not_supported": 422,
  ]
}
