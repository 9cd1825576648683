import CCurl

extension CurlTransport {
  /// The loaded libcurl.
  package struct Library: Sendable {
    /// Such as `7.88.1`.
    package let version: String
    /// Its TLS library, such as `OpenSSL/3.0.17`; nil if it does not support TLS.
    package let tls: String?
    package let speaksHTTP2: Bool
    /// The default file and folder of CA certificates; nil if it has none.
    package let caFile: String?
    package let caFolder: String?
  }

  /// The loaded libcurl; nil if it is older than 7.70.
  package static func library() -> Library? {
    // The seventh version of the structure, from 7.70.0, is the first with the certificates.
    guard let info = curl_version_info(CURLVERSION_SEVENTH)?.pointee,
      info.age.rawValue >= CURLVERSION_SEVENTH.rawValue, let version = info.version
    else { return nil }
    return Library(
      version: String(cString: version), tls: info.ssl_version.map { String(cString: $0) },
      speaksHTTP2: info.features & CURL_VERSION_HTTP2 != 0,
      caFile: info.cainfo.map { String(cString: $0) },
      caFolder: info.capath.map { String(cString: $0) })
  }
}
