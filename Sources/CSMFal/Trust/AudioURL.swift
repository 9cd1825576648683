import CSMCore

/// Which URLs audio may come from: `https` to a host under one of the allowed suffixes, or to a
/// loopback address that is named itself.
package struct AudioURL {
  /// Host suffixes in lower case, each with a port where it is not the usual one.
  let allowed: [String]

  package init(allowed: [String]) {
    self.allowed = allowed
  }

  /// Whether a URL is allowed, and to which addresses it may connect then.
  package func policy(for url: String) -> HTTPRequest.AddressPolicy? {
    guard let url = PlainURL(url) else { return nil }
    if allowed.contains(url.authority), url.isLoopback { return .any }
    return url.isSecure && allowed.contains { isUnder($0, url.authority) } ? .publicOnly : nil
  }

  /// The URL with what stands raw behind its host, and needs an escape there, percent-encoded: spaces, and
  /// the UTF-8 of letters beyond ASCII.
  ///
  /// The host stays as it is, and so do escapes and control characters: `policy` judges these.
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
    // Nothing is under an address.
    return usual == suffix || !ServiceURL.isLoopback(suffix) && usual.hasSuffix(".\(suffix)")
  }
}
