import Foundation
import HTTPTypes

/// A received call.
struct IncomingCall: Sendable {
  let call: Call
  let method: HTTPRequest.Method
  /// The scheme and authority that the caller used, such as `http://127.0.0.1:7000`; behind a
  /// proxy, those of the proxy.
  let base: String
  let headers: HTTPFields
  let body: [UInt8]
  let now: Date
  private let query: [URLQueryItem]

  /// Parses the head of a request whose body has been read.
  init(head: HTTPRequest, scheme: String, body: [UInt8], now: Date) {
    let target = URLComponents(string: head.path ?? "/")
    call = Call(head.method, target?.path ?? "/")
    method = head.method
    base = "\(head.headerFields[.forwardedProto] ?? scheme)://\(head.authority ?? "localhost")"
    headers = head.headerFields
    query = target?.queryItems ?? []
    self.body = body
    self.now = now
  }

  /// All values of the query parameter `name`, which may be repeated or separated by commas.
  func parameters(_ name: String) -> [String] {
    query.filter { $0.name == name }.flatMap {
      ($0.value ?? "").split(separator: ",").map(String.init)
    }
  }

  /// The last value of the query parameter `name`; nil if it is missing.
  func parameter(_ name: String) -> String? {
    query.last { $0.name == name }?.value
  }

  /// The key in `Authorization: Key …`; nil if it is missing or malformed.
  var key: String? {
    guard let value = headers[.authorization], value.hasPrefix("Key ") else { return nil }
    let key = value.dropFirst(4)
    return key.isEmpty || key.contains(where: \.isWhitespace) ? nil : String(key)
  }
}
