import CSMWorkplace
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Makes responses, all with the same security headers.
enum Answer {
  /// Forbids resources from elsewhere, inline scripts, framing by other pages, and markup made from strings.
  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'
    """

  private static let headers: HTTPFields = {
    var fields = HTTPFields()
    fields[.contentSecurityPolicy] = policy
    fields[.xContentTypeOptions] = "nosniff"
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
      ("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)"),
    ] {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return fields
  }()

  /// How long a browser may keep what its address names by its digest.
  static let forever = "private, max-age=31536000, immutable"

  static func make(
    _ status: HTTPResponse.Status, type: String, _ bytes: [UInt8], cache: String = "no-store"
  ) -> Response {
    make(status, type: type, cache: cache, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func make(
    _ status: HTTPResponse.Status, type: String, cache: String = "no-store", body: ResponseBody
  ) -> Response {
    var fields = headers
    fields[.contentType] = type
    fields[.cacheControl] = cache
    return Response(status: status, headers: fields, body: body)
  }

  static func text(_ status: HTTPResponse.Status, _ sentence: String) -> Response {
    make(status, type: "text/plain; charset=utf-8", [UInt8]("\(sentence)\n".utf8))
  }

  static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Response
  {
    json(text: try JSONText.line(value), status)
  }

  static func json(text: String, _ status: HTTPResponse.Status = .ok) -> Response {
    make(status, type: "application/json", [UInt8](text.utf8))
  }

  /// An error, in sentences for the page to show.
  static func failure(_ status: HTTPResponse.Status, _ sentences: [String]) -> Response {
    json(text: (try? JSONText.line(["errors": sentences])) ?? "{}", status)
  }
}
