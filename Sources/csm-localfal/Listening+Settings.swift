import CSMLocalFal

extension Listening {
  /// Settings that point csmd, csm-enqueue and fal's Python client here.
  ///
  /// - Parameter key: the only valid key; nil if any will do.
  func settings(key: String?) -> [(name: String, value: String)] {
    var hosts = ["127.0.0.1:\(port)"]
    if let tlsPort { hosts += ["localhost:\(tlsPort)", "127.0.0.1:\(tlsPort)"] }
    var settings = [
      ("CSM_QUEUE_URL", url), ("CSM_REST_URL", url), ("CSM_PLATFORM_URL", url),
      ("CSM_CDN_HOSTS", hosts.joined(separator: ",")), ("FAL_KEY", key ?? "localfal:secret"),
    ]
    if let tlsPort, let certificateFile {
      settings += [
        ("CSM_CA_FILE", certificateFile), ("SSL_CERT_FILE", certificateFile),
        ("FAL_QUEUE_RUN_HOST", "localhost:\(tlsPort)"),
      ]
    }
    return settings
  }

  /// The settings as shell commands.
  func shell(key: String?) -> String {
    settings(key: key).map { name, value in
      "export \(name)='\(value.replacing("'", with: "'\\''"))'\n"
    }.joined()
  }
}
