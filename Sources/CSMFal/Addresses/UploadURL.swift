import CSMCore

/// Decides where a file may be uploaded, and where fal may be told to read it.
///
/// fal gives the URL, on undocumented hosts, so any public host is allowed, over `https` and never
/// with the key. Loopback addresses are allowed only if a setting names them.
struct UploadURL {
  /// Lower-case hosts and ports from the settings.
  let named: [String]

  init(_ services: FalClient.Services) {
    named = services.cdnHosts + [PlainURL(services.restURL)?.authority].compactMap(\.self)
  }

  /// The addresses that a request to `url` may connect to; nil if the URL is not allowed.
  func policy(for url: String) -> HTTPRequest.AddressPolicy? {
    guard let url = PlainURL(url) else { return nil }
    if url.isLoopback { return named.contains(url.authority) ? .any : nil }
    return url.isSecure ? .publicOnly : nil
  }
}
