import CSMCore

/// Where a file may be put, and where fal may be told to read it.
///
/// fal names the place itself, on hosts that it does not document; so any host of the public internet
/// will do, over `https`, and never with the key. A loopback address counts only where a setting names
/// it.
struct UploadURL {
  /// Hosts and ports in lower case that settings name.
  let named: [String]

  init(_ services: FalClient.Services) {
    named = services.cdnHosts + [PlainURL(services.restURL)?.authority].compactMap(\.self)
  }

  /// Whether a file may be put there, and to which addresses the request may connect then.
  func policy(for url: String) -> HTTPRequest.AddressPolicy? {
    guard let url = PlainURL(url) else { return nil }
    if url.isLoopback { return named.contains(url.authority) ? .any : nil }
    return url.isSecure ? .publicOnly : nil
  }
}
