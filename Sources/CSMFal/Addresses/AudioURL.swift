import CSMCore

/// Decides which URLs audio may come from: `https` to a host with an allowed suffix, or a loopback
/// address that is itself allowed.
package struct AudioURL {
  /// Lower-case host suffixes, each with a port unless it is the default.
  let allowed: [String]

  package init(allowed: [String]) {
    self.allowed = allowed
  }

  /// The addresses that a request to `url` may connect to; nil if the URL is not allowed.
  package func policy(for url: String) -> HTTPRequest.AddressPolicy? {
    guard let url = PlainURL(url) else { return nil }
    if allowed.contains(url.authority), url.isLoopback { return .any }
    return url.isSecure && allowed.contains { isUnder($0, url.authority) } ? .publicOnly : nil
  }

  /// The URL with spaces and non-ASCII characters after its host percent-encoded.
  ///
  /// The host, escapes and control characters stay as they are, for `policy` to judge.
  static func encoded(_ url: String) -> String {
    let bytes = Array(url.utf8)
    let host = url.utf8.firstRange(of: "://".utf8).map { url.utf8[..<$0.upperBound].count } ?? 0
    let end = bytes[host...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
    let begin = String(decoding: bytes[..<end], as: UTF8.self)
    return bytes[end...].reduce(into: begin) { encoded, byte in
      if byte == UInt8(ascii: " ") || byte >= 0x80 {
        encoded += "%" + String(byte, radix: 16, uppercase: true)
      } else {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
  }

  private func isUnder(_ suffix: String, _ authority: String) -> Bool {
    let usual = authority.hasSuffix(":443") ? String(authority.dropLast(4)) : authority
    // An IP address has no subdomains.
    return usual == suffix || !ServiceURL.isLoopback(suffix) && usual.hasSuffix(".\(suffix)")
  }
}
