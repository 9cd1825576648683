import CSMCore

/// Which URLs audio may come from: `https` to a host under one of the allowed suffixes, or to a
/// loopback address that is named itself.
struct AudioURL {
  /// Host suffixes in lower case, each with a port where it is not the usual one.
  let allowed: [String]

  /// Whether a URL is allowed, and to which addresses it may connect then.
  func policy(for url: String) -> HTTPRequest.AddressPolicy? {
    let isSecure = url.lowercased().hasPrefix("https://")
    guard isSecure || url.lowercased().hasPrefix("http://"), url.utf8.count <= 4096,
      url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
    else { return nil }
    let rest = url.dropFirst(isSecure ? 8 : 7)
    let authority = rest.prefix { !"/?#".contains($0) }.lowercased()
    // Only what every parser reads in the same way: no user, no escapes, no brackets but of ::1.
    let isPlain = authority.utf8.allSatisfy { byte in
      (97...122).contains(byte) || (48...57).contains(byte) || [45, 46, 58].contains(byte)
    }
    guard isPlain || authority.hasPrefix("[::1]") else { return nil }
    if allowed.contains(authority), ServiceURL.isLoopback(authority) { return .any }
    return isSecure && allowed.contains { isUnder($0, authority) } ? .publicOnly : nil
  }

  private func isUnder(_ suffix: String, _ authority: String) -> Bool {
    let usual = authority.hasSuffix(":443") ? String(authority.dropLast(4)) : authority
    return usual == suffix || usual.hasSuffix(".\(suffix)")
  }
}
