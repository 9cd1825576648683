/// The addresses of services that a person may set.
package enum ServiceURL {
  static let expected =
    "https://host, or http:// and a loopback address, with a port where it is not the usual one"

  /// The base address without a slash at its end; nil where the key must not go there.
  static func checked(_ text: String) -> String? {
    let base = text.hasSuffix("/") ? String(text.dropLast()) : text
    let isSecure = base.hasPrefix("https://")
    guard isSecure || base.hasPrefix("http://") else { return nil }
    let authority = base.dropFirst(isSecure ? 8 : 7)
    guard isHost(authority), isSecure || isLoopback(authority) else { return nil }
    return base
  }

  /// Reads a comma list of host suffixes.
  static func hosts(_ text: String) -> [String]? {
    let hosts = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ") }
    guard hosts.allSatisfy({ $0.count == 1 && isHost($0[0]) }) else { return nil }
    return hosts.map { String($0[0]) }
  }

  /// Whether `authority`, with or without a port, names this machine itself.
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

  /// Whether `authority` is a host name or address and perhaps a port, and nothing else.
  private static func isHost(_ authority: Substring) -> Bool {
    let host = withoutPort(authority)
    let port = authority.dropFirst(host.count)
    guard !host.isEmpty, !host.hasPrefix("."), host.utf8.count <= 253,
      port.isEmpty || UInt16(digits: port.dropFirst()).map({ $0 > 0 }) == true
    else { return false }
    return host.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [45, 46, 58, 91, 93].contains(byte)
    }
  }
}
