import CSMCore
import Foundation

/// An answer of fal, read with care: nothing in it is trusted, any of it may be missing.
struct FalAnswer: Sendable {
  let status: Int
  let body: [UInt8]
  /// The body of an error is a JSON object.
  let isJSON: Bool
  /// The body of an error has the form of fal's: only then does a refusal show that fal made it, and
  /// nothing that stands between.
  let isFals: Bool
  /// fal's word for what went wrong, from the body or else the header.
  let errorType: String?
  /// The model itself lists what went wrong.
  let isModelError: Bool
  /// What went wrong, for people; nil where the answer does not say.
  let detail: String?
  /// How long fal wants us to wait.
  let retryAfter: Duration?
  /// What fal billed.
  let units: Double?
  /// The request that the answer is about, where it says so.
  let requestID: String?
  /// fal's hint that another try may succeed; nil where it gives none.
  let isRetryable: Bool?
  private let dateHeader: String?

  init(_ response: HTTPResponse) {
    let head = response.head
    let response = JSONShape(response.body).isModest ? response : HTTPResponse(head: head)
    // A success says nothing about errors, and most answers are one.
    let isSuccess = (200...299).contains(head.status)
    let message =
      isSuccess ? nil : Self.decode(ErrorMessage.self, from: Data(response.body))
    status = head.status
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

  /// When the answer was made, by the server's clock; exact to the second.
  var date: Timestamp? {
    dateHeader.flatMap(HTTPDate.parse).flatMap { date in
      Int64(exactly: date.timeIntervalSince1970.rounded(.down))
        .flatMap { (0...253_402_300_799).contains($0) ? Timestamp(milliseconds: $0 * 1000) : nil }
    }
  }

  /// The answer as a problem, of fal's own kind where it names one.
  func problem(_ kind: String) -> Problem {
    let text =
      detail.map { ": \($0)" } ?? (isJSON || body.isEmpty ? "" : ", with no JSON behind it")
    return Problem(errorType ?? kind, "fal answered \(status)\(text)")
  }

  /// fal refuses whatever we ask: the gate that this closes.
  var shutGate: Gate.Name? {
    switch status {
    case 401: .auth
    case 402: .balance
    case 403: detail?.lowercased().contains("locked") == true ? .balance : .auth
    default: nil
    }
  }

  /// Reads the body as JSON; nil where it is not of this form.
  func decode<Value: Decodable>(_ type: Value.Type) -> Value? {
    Self.decode(type, from: Data(body))
  }

  /// Reads JSON; nil where it is not of this form.
  ///
  /// It is UTF-8 (RFC 8259, 8.1). Foundation would read UTF-16 and UTF-32 too, in which nobody has looked
  /// for the key.
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

  /// A figure as people write it: Swift would take `0x10`, `inf` and `1e300`, too.
  private static func figure(_ text: String) -> Double? {
    let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    return isPlain ? Double(text) : nil
  }

  /// A word of fal's, if it is one: it becomes an `error_class`.
  private static func word(_ text: String) -> String? {
    let isWord =
      (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
          || [95, 45, 46].contains(byte)
      }
    return isWord ? text : nil
  }
}

/// The bodies of fal's errors: `{"detail": "…", "error_type": "…"}` of the platform, `{"detail": [{…}]}`
/// of a model, `{"error": "…"}` or `{"error": {…}}` elsewhere.
private struct ErrorMessage: Decodable {
  let text: String?
  let errorType: String?
  let hasFaults: Bool
  /// `detail`, without the fields of the problem details of other servers (RFC 9457).
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

/// The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is taken relative to the
/// answer's own `Date` so that a wrong clock does no harm.
enum RetryAfter {
  static func parse(_ value: String, date: String?) -> Duration? {
    if let seconds = UInt32(value) { return .seconds(Int64(seconds)) }
    guard let until = HTTPDate.parse(value), let from = date.flatMap(HTTPDate.parse), until > from
    else { return nil }
    return .seconds(min(until.timeIntervalSince(from), 1e6))
  }
}

/// A date as HTTP writes it (RFC 9110, 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// Foundation's `DateFormatter` has no part in it: accented letters in the text make it trap.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func parse(_ text: String) -> Date? {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]) else {
      return nil
    }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    return Timestamp(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
      .map { Date(timeIntervalSince1970: Double($0.milliseconds) / 1000) }
  }
}

extension Problem {
  /// A request that got no whole answer.
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
