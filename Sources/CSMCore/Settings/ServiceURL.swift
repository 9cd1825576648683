/// Checks the service addresses in the settings.
package enum ServiceURL {
  static let expected =
    "https://host, or http:// with a loopback address, and a port unless it is the default"

  /// The base address without a trailing slash; nil if the key must not be sent there.
  static func checked(_ text: String) -> String? {
    let base = text.hasSuffix("/") ? String(text.dropLast()) : text
    let isSecure = base.hasPrefix("https://")
    guard isSecure || base.hasPrefix("http://") else { return nil }
    let authority = base.dropFirst(isSecure ? 8 : 7)
    guard isPlain(authority), isSecure || isLoopback(authority) else { return nil }
    return base
  }

  /// Parses a comma-separated list of host suffixes.
  static func hosts(_ text: String) -> [String]? {
    let hosts = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ") }
    guard hosts.allSatisfy({ $0.count == 1 && isPlain($0[0]) }) else { return nil }
    return hosts.map { String($0[0]) }
  }

  /// Whether `authority`, with or without a port, is a loopback address or `localhost`.
  package static func isLoopback(_ authority: some StringProtocol) -> Bool {
    let host = withoutPort(authority)
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { UInt8(digits: $0) != nil }
  }

  private static func withoutPort(_ authority: some StringProtocol) -> String {
    let text = String(authority)
    guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return text }
    return String(text[..<colon])
  }

  /// Whether every parser reads `authority` the same way: a host name or address with an optional
  /// port, without user, escapes or empty labels.
  package static func isPlain(_ authority: some StringProtocol) -> Bool {
    let host = withoutPort(authority)
    let port = authority.dropFirst(host.count)
    guard host.utf8.count <= 253,
      port.isEmpty || UInt16(digits: port.dropFirst()).map({ $0 > 0 }) == true
    else { return false }
    if host.hasPrefix("["), host.hasSuffix("]") {
      let address = host.dropFirst().dropLast()
      return address.contains(":")
        && address.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
    }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
  }

  private static func isLabel(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return first.isLetterOrDigit && last.isLetterOrDigit
      && text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
  }
}
