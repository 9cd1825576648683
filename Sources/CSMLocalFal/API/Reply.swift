import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// An answer before it is sent, to which faults can still be applied.
struct Reply: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
  }

  var status: Int
  var headers: HTTPFields
  var body: Body

  /// An answer with these bytes.
  init(_ status: Int, _ type: String, _ bytes: [UInt8], headers: HTTPFields = [:]) {
    self.status = status
    self.headers = headers
    self.headers[.contentType] = type
    self.body = .bytes(bytes)
  }

  /// An answer with only a status code.
  init(empty status: Int) {
    self.status = status
    headers = [:]
    body = .bytes([])
  }

  /// A JSON answer.
  init(_ status: Int, _ json: JSON, headers: HTTPFields = [:]) {
    self.init(status, "application/json", json.bytes, headers: headers)
  }

  /// An answer of unknown length.
  init(
    streaming type: String,
    _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
  ) {
    status = 200
    headers = [.contentType: type, .cacheControl: "no-cache"]
    body = .stream(write)
  }

  /// A copy with the header that fal's queue adds: the request's id, or a new id if it is about
  /// none.
  var signed: Reply {
    var reply = self
    if reply.headers[.falRequestId] == nil { reply.headers[.falRequestId] = UUID().lowercased }
    return reply
  }

  /// The body's bytes; empty for a stream.
  var bytes: [UInt8] {
    guard case .bytes(let bytes) = body else { return [] }
    return bytes
  }

  /// The answer for the HTTP server.
  var response: Response {
    let body: ResponseBody =
      switch self.body {
      case .bytes(let bytes): ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
      case .stream(let write): ResponseBody(write)
      }
    return Response(status: .init(code: status), headers: headers, body: body)
  }
}

extension Reply {
  /// `{"detail": …}`, with fal's error type if it has one.
  static func detail(_ status: Int, _ message: String, type: String? = nil) -> Reply {
    guard let type else { return Reply(status, ["detail": .string(message)]) }
    return Reply(
      status, ["detail": .string(message), "error_type": .string(type)],
      headers: [.falErrorType: type])
  }

  /// The answer for a locked account.
  static func locked(_ reason: String) -> Reply {
    .detail(403, "User is locked. Reason: \(reason)")
  }

  /// An error of the platform API.
  static func platform(_ status: Int, _ type: String, _ message: String) -> Reply {
    Reply(status, ["error": ["type": .string(type), "message": .string(message)]])
  }

  /// The queue knows no such request.
  static let notFound = Reply(404, ["status": "NOT_FOUND"])
}

extension HTTPField.Name {
  static let forwardedProto = named("x-forwarded-proto")
  static let falRequestId = named("x-fal-request-id")
  static let falErrorType = named("x-fal-error-type")
  static let falBillableUnits = named("x-fal-billable-units")
  static let falServedFrom = named("x-fal-served-from")
  static let falRetryable = named("x-fal-retryable")
  static let falTimeoutType = named("x-fal-request-timeout-type")
  static let falStartTimeout = named("x-fal-request-start-timeout")
  static let falTimeout = named("x-fal-request-timeout")
  static let falFileName = named("x-fal-file-name")
  static let falLifecycle = named("x-fal-object-lifecycle-preference")

  private static func named(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a header: \(name)") }
    return name
  }
}
