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

  private func isUnder(_ suffix: String, _ authority: String) -> Bool {
    let usual = authority.hasSuffix(":443") ? String(authority.dropLast(4)) : authority
    // Nothing is under an address.
    return usual == suffix || !ServiceURL.isLoopback(suffix) && usual.hasSuffix(".\(suffix)")
  }
}
