import CSMCore

/// A URL that every parser reads the same way: `http` or `https`, a host and optional port,
/// printable ASCII, no user, and no escapes or empty labels in the host.
///
/// URLs from servers are checked as text before libcurl sees them.
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
    guard ServiceURL.isPlain(authority) else { return nil }
  }

  var isLoopback: Bool { ServiceURL.isLoopback(authority) }
}
