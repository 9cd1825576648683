import CCurl
import CSMCore
import Glibc

extension CurlTransport {
  struct Options: Sendable {
    /// The file of certificates to trust; nil if the system has none, only a folder.
    let caFile: String?
    let proxy: String?

    /// - Parameter caFile: nil for the system's.
    init(caFile: String? = nil, proxy: String? = nil) {
      let known = CurlTransport.library()?.caFile
      self.caFile = caFile ?? known.flatMap { access($0, R_OK) == 0 ? $0 : nil }
      self.proxy = proxy
    }

    /// Sets all options of `easy`, a new or reset handle, for `transfer`.
    func apply(
      to transfer: Transfer, _ easy: UnsafeMutableRawPointer, sharing share: UnsafeMutableRawPointer
    ) {
      let setter = Setter(easy: easy)
      setter.set(CURLOPT_SHARE, share)
      setLimits(setter, transfer)
      setConnection(setter, transfer)
      setProxy(setter, transfer)
      setMessage(setter, transfer)
      setter.setCallbacks(to: transfer)
    }

    private func setLimits(_ easy: Setter, _ transfer: Transfer) {
      let request = transfer.request
      easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
      easy.set(CURLOPT_FOLLOWLOCATION, 0)
      easy.set(CURLOPT_TIMEOUT_MS, request.deadline.curlMilliseconds)
      easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectDeadline.curlMilliseconds)
      if let stallDeadline = request.stallDeadline {
        easy.set(CURLOPT_LOW_SPEED_LIMIT, request.rateMin)
        easy.set(CURLOPT_LOW_SPEED_TIME, (stallDeadline.curlMilliseconds + 999) / 1000)
      }
      easy.set(CURLOPT_NOSIGNAL, 1)
      // Read more of a recording at once than libcurl's default of 16 KiB, to save system calls.
      if request.sink != nil { easy.trySet(CURLOPT_BUFFERSIZE, 128 << 10) }
      // Otherwise ending a transfer waits for its name lookup and blocks all others.
      easy.set(CURLOPT_QUICK_EXIT, 1)
    }

    /// CURLOPT_CA_CACHE_TIMEOUT, from libcurl 7.87: for how many seconds it keeps the parsed certificates.
    ///
    /// By default a day, in which a certificate that an administrator adds would not be seen.
    private static let certificatesKept = (option: CURLoption(rawValue: 321), seconds: 300)

    private func setConnection(_ easy: Setter, _ transfer: Transfer) {
      if let caFile {
        easy.set(CURLOPT_CAINFO, caFile)
        // By default, Debian's libcurl also uses the system's folder: certificates in it are trusted, too,
        // and libcurl parses the whole file again for each connection, which takes many times as long as
        // the rest of the handshake.
        easy.set(CURLOPT_CAPATH, nil as UnsafeMutableRawPointer?)
      }
      easy.trySet(Self.certificatesKept.option, Self.certificatesKept.seconds)
      easy.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
      let isShared = transfer.target.isTLS && !transfer.isAlone
      let version = isShared ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
      easy.set(CURLOPT_HTTP_VERSION, Int(version))
      // Lets concurrent requests share one HTTP/2 connection instead of opening one each.
      easy.set(CURLOPT_PIPEWAIT, isShared ? 1 : 0)
      easy.set(CURLOPT_TCP_KEEPALIVE, 1)
      easy.set(CURLOPT_TCP_KEEPIDLE, 30)
      easy.set(CURLOPT_TCP_KEEPINTVL, 15)
      if transfer.isAlone {
        easy.set(CURLOPT_FRESH_CONNECT, 1)
        easy.set(CURLOPT_FORBID_REUSE, 1)
      } else {
        // Of a connection that nothing uses; less than `StuckHosts.rest`.
        easy.set(CURLOPT_MAXAGE_CONN, 30)
      }
    }

    /// A proxy resolves names and connects by itself, so the address policy cannot be applied.
    private func setProxy(_ easy: Setter, _ transfer: Transfer) {
      let isPublicOnly = transfer.request.addresses == .publicOnly
      if let proxy, transfer.target.isTLS, !transfer.target.isLoopback {
        easy.set(CURLOPT_PROXY, proxy)
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Hosts in `no_proxy` would be connected to without an address check.
        if isPublicOnly { easy.set(CURLOPT_NOPROXY, "") }
      } else {
        easy.set(CURLOPT_PROXY, "")
        transfer.isPublicOnly = isPublicOnly
      }
    }

    private func setMessage(_ easy: Setter, _ transfer: Transfer) {
      let request = transfer.request
      easy.set(CURLOPT_ERRORBUFFER, transfer.errorText.baseAddress)
      easy.set(CURLOPT_CURLU, UnsafeMutableRawPointer(transfer.target.url))
      easy.set(CURLOPT_USERAGENT, "csmd")
      // Asks for no encoding; one that arrives anyway is decoded, unless the request says otherwise.
      easy.set(CURLOPT_ACCEPT_ENCODING, "identity")
      easy.set(CURLOPT_HTTP_CONTENT_DECODING, request.isDecoded ? 1 : 0)
      var headers = request.headers
      if request.method != .get {
        easy.set(CURLOPT_POST, 1)
        easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        easy.set(bodyBytes: request.body.count)
        headers.append(HTTPHeader("expect", ""))
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
          headers.append(HTTPHeader("content-type", ""))
        }
      }
      // An empty value removes a header that libcurl would add by itself.
      for header in headers {
        transfer.headerLines = curl_slist_append(
          transfer.headerLines, "\(header.name): \(header.value)")
      }
      easy.set(CURLOPT_HTTPHEADER, transfer.headerLines)
    }
  }
}

extension Duration {
  /// The milliseconds for libcurl, at least 1, since 0 means no limit.
  var curlMilliseconds: Int {
    Int(min(max(milliseconds, 1), Int64(Int32.max)))
  }
}
