import CSMCore
import Foundation

/// An answer from fal, parsed defensively: nothing in it is trusted, and anything may be missing.
struct FalAnswer: Sendable {
  let status: Int
  let body: [UInt8]
  /// Whether it is an error whose body is a JSON object.
  let isJSON: Bool
  /// Whether it is an error in fal's own form, and so certainly from fal and not a server in
  /// between.
  let isFals: Bool
  /// fal's error type, from the body or else the header; nil if neither has one.
  let errorType: String?
  /// Whether the model itself reports what went wrong.
  let isModelError: Bool
  /// fal's explanation for people; nil if there is none.
  let detail: String?
  /// How long fal asks to wait; nil if it does not say.
  let retryAfter: Duration?
  /// The units billed; nil if fal does not say.
  let units: Double?
  /// The id of the request the answer is about; nil if it does not say.
  let requestID: String?
  /// fal's hint whether a retry may succeed; nil if it gives none.
  let isRetryable: Bool?
  private let dateHeader: String?

  init(_ response: HTTPResponse) {
    let head = response.head
    let response = JSONShape(response.body).isModest ? response : HTTPResponse(head: head)
    // A success, as most answers are, has no error to parse.
    status = head.status
    let message =
      (200...299).contains(status) ? nil : Self.decode(ErrorMessage.self, from: Data(response.body))
    body = response.body
    isJSON = message != nil
    let mediaType = head["content-type"]?.lowercased() ?? ""
    isFals = message?.hasDetail == true && !mediaType.hasPrefix("application/problem")
    let type = message?.errorType ?? head["x-fal-error-type"]
    errorType = type.flatMap(Self.word)
    isModelError = message?.hasFaults == true
    detail = message?.text.map { String($0.prefix(500)) }
    retryAfter = head["retry-after"].flatMap { RetryAfter.parse($0, date: head["date"]) }
    requestID = head["x-fal-request-id"].flatMap { Ticket.isValid(requestID: $0) ? $0 : nil }
    units = head["x-fal-billable-units"].flatMap(Self.figure)
    isRetryable =
      head["x-fal-retryable"].map { $0.lowercased() == "true" }
      ?? head["x-fal-needs-retry"].map { $0 == "1" }
    dateHeader = head["date"]
  }

  /// What arrived of an answer before it broke off; nil without a complete head.
  init?(_ failure: HTTPFailure) {
    guard let head = failure.head else { return nil }
    self.init(HTTPResponse(head: head, body: failure.body))
  }

  /// The time of the answer by the server's clock, precise to the second.
  var date: Timestamp? {
    dateHeader.flatMap(HTTPDate.parse).flatMap { date in
      date.milliseconds < 0 ? nil : Timestamp(milliseconds: date.milliseconds / 1000 * 1000)
    }
  }

  /// The answer as a problem, of fal's error type if there is one.
  func problem(_ kind: String, by server: String = "fal") -> Problem {
    let text =
      detail.map { ": \($0)" } ?? (isJSON || body.isEmpty ? "" : " without JSON")
    return Problem(errorType ?? kind, "\(server) answered \(status)\(text)")
  }

  /// Parses the body; nil if it is not JSON of this form.
  func decode<Value: Decodable>(_ type: Value.Type) -> Value? {
    Self.decode(type, from: Data(body))
  }

  /// Parses JSON; nil if it does not have this form.
  ///
  /// Only UTF-8 is accepted (RFC 8259, 8.1). Foundation would also parse UTF-16 and UTF-32, in
  /// which the key has not been masked.
  static func decode<Value: Decodable>(_ type: Value.Type, from json: Data) -> Value? {
    guard !json.contains(0), ![0xFE, 0xFF].contains(json.first) else { return nil }
    let decoder = JSONDecoder()
    do {
      return try decoder.decode(type, from: json)
    } catch DecodingError.dataCorrupted {
      return try? decoder.decode(type, from: PythonJSON.plain(json))
    } catch {
      return nil
    }
  }

  /// Parses a plain decimal number, unlike `Double.init`, which also takes `0x10`, `inf` and
  /// `1e300`.
  private static func figure(_ text: String) -> Double? {
    let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    return isPlain ? Double(text) : nil
  }

  /// An error type if it is a plain identifier, since it becomes an `error_class`.
  static func word(_ text: String) -> String? {
    let isWord =
      (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    return isWord ? text : nil
  }
}

/// The body of an error: `{"detail": "…", "error_type": "…"}` from fal's platform, `{"detail":
/// [{…}]}` from a model, `{"error": "…"}` or `{"error": {…}}` elsewhere.
private struct ErrorMessage: Decodable {
  let text: String?
  let errorType: String?
  let hasFaults: Bool
  /// Whether it has fal's `detail`, and no fields of other servers' problem details (RFC 9457).
  let hasDetail: Bool

  private enum Key: String, CodingKey {
    case detail, error, message
    case errorType = "error_type"
    case type, title, status, instance
  }

  private struct Fault: Decodable {
    let msg: String?
    let type: String?
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let faults = try? values.decode([Fault].self, forKey: .detail)
    let inner = try? values.nestedContainer(keyedBy: Key.self, forKey: .error)
    hasFaults = faults?.contains { $0.type != nil } == true
    let detail = try? values.decode(String.self, forKey: .detail)
    let innerType = try? inner?.decode(String.self, forKey: .type)
    let isOfOthers = [.title, .status, .instance].contains { values.contains($0) }
    hasDetail = (hasFaults || detail != nil) && !isOfOthers
    errorType =
      (try? values.decode(String.self, forKey: .errorType)) ?? faults?.first?.type
      ?? innerType
    text =
      detail ?? faults?.first?.msg
      ?? (try? inner?.decode(String.self, forKey: .message))
      ?? (try? values.decode(String.self, forKey: .error))
  }
}

extension Problem {
  /// A request without a complete answer.
  init(_ failure: HTTPFailure) {
    let kind =
      switch failure.kind {
      case .resolve, .connect, .tls: "not_reachable"
      case .timeout, .stalled: "timeout"
      case .closed: "connection_closed"
      case .tooLarge: "too_large"
      case .invalidRequest, .refusedAddress: "not_allowed"
      case .badAnswer, .sinkRefused: "bad_answer"
      case .heldBack: "held_back"
      case .cancelled: "stopped"
      }
    self.init(kind, failure.message)
  }
}
