import CCurl

extension CurlTransport {
  /// The libcurl that this process has loaded, and what it trusts.
  package struct Library: Sendable {
    /// Such as `7.88.1`.
    package let version: String
    /// Its TLS library, such as `OpenSSL/3.0.17`; nil where it speaks no TLS.
    package let tls: String?
    package let speaksHTTP2: Bool
    /// The file and the folder of CA certificates that it trusts where none are set.
    package let caFile: String?
    package let caFolder: String?
  }

  /// Asks the library itself; nil when it does not tell.
  package static func library() -> Library? {
    // The seventh form, of 7.70.0, is the first one with the certificates.
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
