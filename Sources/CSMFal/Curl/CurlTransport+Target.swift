import CCurl
import Glibc

extension CurlTransport {
  /// A request's URL, parsed only once, so that libcurl connects to exactly what was checked here.
  ///
  /// `@unchecked`, because the parsed URL is only read after `init`.
  final class Target: @unchecked Sendable {
    let url: OpaquePointer
    let isTLS: Bool
    /// Scheme, host in lower case, and port.
    let host: String
    /// Whether the host is literally `localhost` or a loopback address.
    let isLoopback: Bool

    /// Parses the URL of `request`; throws `invalidRequest` if the request must not be sent there.
    init(_ request: HTTPRequest) throws(HTTPFailure) {
      guard let url = curl_url() else { preconditionFailure("libcurl is out of memory") }
      self.url = url
      let isParsed = curl_url_set(url, CURLUPART_URL, request.url, UInt32(CURLU_DISALLOW_USER))
      let scheme = Self.part(CURLUPART_SCHEME, of: url)
      let host = Self.part(CURLUPART_HOST, of: url).lowercased()
      isTLS = scheme == "https"
      self.host = "\(scheme)://\(host):\(Self.part(CURLUPART_PORT, of: url))"
      isLoopback = host == "localhost" || Self.isLoopback(addressBytes(host))
      guard isParsed == CURLUE_OK else {
        throw .invalid("The URL cannot be read: \(String(cString: curl_url_strerror(isParsed))).")
      }
      guard isTLS || scheme == "http" && isLoopback else {
        throw .invalid("Only https is allowed, or http to this machine.")
      }
    }

    deinit {
      curl_url_cleanup(url)
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return "" }
      defer { curl_free(text) }
      return String(cString: text)
    }

    /// Resolves `reference` relative to `base` (RFC 9110, 10.2.2); nil if the result is not a URL.
    static func resolve(_ reference: String, at base: String) -> String? {
      guard let url = curl_url() else { preconditionFailure("libcurl is out of memory") }
      defer { curl_url_cleanup(url) }
      guard curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK,
        curl_url_set(url, CURLUPART_URL, reference, 0) == CURLUE_OK
      else { return nil }
      let resolved = part(CURLUPART_URL, of: url)
      return resolved.isEmpty ? nil : resolved
    }

    private static func isLoopback(_ address: [UInt8]) -> Bool {
      address.count == 4 ? address[0] == 127 : address == Array(repeating: 0, count: 15) + [1]
    }
  }

  /// The 4 or 16 bytes of an IP address in text form, with or without brackets; empty for anything
  /// else.
  static func addressBytes(_ text: String) -> [UInt8] {
    var text = text
    if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return []
  }

  /// The bytes of an IPv4 or IPv6 socket address; empty for other families.
  static func addressBytes(_ address: UnsafeRawPointer) -> [UInt8] {
    switch Int32(address.load(as: sockaddr.self).sa_family) {
    case AF_INET:
      withUnsafeBytes(of: address.load(as: sockaddr_in.self).sin_addr) { Array($0) }
    case AF_INET6:
      withUnsafeBytes(of: address.load(as: sockaddr_in6.self).sin6_addr) { Array($0) }
    default:
      []
    }
  }
}

extension HTTPFailure {
  /// The failure of a request that is not attempted.
  static func invalid(_ message: String) -> HTTPFailure {
    HTTPFailure(.invalidRequest, message, sent: false)
  }
}
