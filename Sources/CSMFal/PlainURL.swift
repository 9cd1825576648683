import CSMCore

/// A URL that every parser reads in the same way: `http` or `https`, a host, perhaps a port, printable
/// ASCII, no user, no escapes in the host, no brackets but those of `[::1]`.
///
/// What a server names is looked at by its text before libcurl sees it.
struct PlainURL {
  let isSecure: Bool
  /// Host and port in lower case.
  let authority: String

  init?(_ url: String) {
    isSecure = url.lowercased().hasPrefix("https://")
    guard isSecure || url.lowercased().hasPrefix("http://"), url.utf8.count <= 4096,
      url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
    else { return nil }
    let rest = url.dropFirst(isSecure ? 8 : 7)
    authority = rest.prefix { !"/?#".contains($0) }.lowercased()
    let isPlain = authority.utf8.allSatisfy { byte in
      (97...122).contains(byte) || (48...57).contains(byte) || [45, 46, 58].contains(byte)
    }
    guard !authority.isEmpty, isPlain || authority.hasPrefix("[::1]") else { return nil }
  }

  var isLoopback: Bool { ServiceURL.isLoopback(authority) }
}
