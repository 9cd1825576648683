import CCurl

extension CurlTransport {
  /// The state of one request, which libcurl's callbacks read and fill in.
  ///
  /// `@unchecked`, because two threads use it in turn: the caller creates it, sets the continuation
  /// and posts it to the mailbox, whose lock orders this before everything on the transport's
  /// thread. From then on only that thread touches it; a caller that cancels only passes on the
  /// reference.
  final class Transfer: @unchecked Sendable {
    let request: HTTPRequest
    let target: Target
    var continuation: CheckedContinuation<Result<HTTPResponse, HTTPFailure>, Never>?

    /// The handle; nil unless the transfer runs.
    var easy: UnsafeMutableRawPointer?
    var isCancelled = false
    /// Whether it uses a new connection, and nothing else uses that.
    var isAlone = false
    /// Whether only connections to public addresses are allowed.
    var isPublicOnly = false
    /// The request's headers, which libcurl reads while the transfer runs.
    var headerLines: UnsafeMutablePointer<curl_slist>?
    /// libcurl's description of a failure.
    let errorText: UnsafeMutableBufferPointer<CChar>

    /// How often libcurl was about to send the request; zero proves that nothing was sent.
    private var sendings = 0
    /// Whether libcurl may have tried to connect.
    private var hasAllowedAddress = false
    private var bodyOffset = 0
    private let started = ContinuousClock.now

    private var headBytes = 0
    private var headers: [HTTPHeader] = []
    private(set) var head: HTTPHead?
    private var body: [UInt8] = []
    private var bodyBytes = 0
    /// The fault for which a callback aborted; libcurl itself only reports the abort.
    private var fault: (kind: HTTPFailure.Kind, message: String)?

    init(_ request: HTTPRequest) throws(HTTPFailure) {
      guard request.headers.allSatisfy(\.isOneLine) else {
        throw .invalid("A header contains a line break.")
      }
      self.request = request
      target = try Target(request)
      errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
      errorText.initialize(repeating: 0)
    }

    deinit {
      errorText.deallocate()
      curl_slist_free_all(headerLines)
    }

    /// Resumes the caller, once.
    func end(with result: Result<HTTPResponse, HTTPFailure>) {
      easy = nil
      continuation?.resume(returning: result)
      continuation = nil
    }
  }
}

// Called by libcurl while sending.
extension CurlTransport.Transfer {
  /// Called before each sending, once connected to `address`; returns whether to send.
  ///
  /// libcurl resends by itself if a reused connection turns out to be dead, or an HTTP/2 server
  /// refuses a stream.
  func willSend(to address: String) -> Bool {
    guard isAllowed(CurlTransport.addressBytes(address)) else { return false }
    guard sendings == 0 || request.method == .get else {
      fault = (.closed, "The connection ended before an answer arrived.")
      return false
    }
    if let reason = request.willSend?() {
      fault = (.heldBack, reason)
      return false
    }
    sendings += 1
    fault = nil  // an earlier address may have been refused
    return true
  }

  /// Whether the request's policy allows `address`; also checked on reused connections, which may
  /// have been opened under another policy.
  func isAllowed(_ address: [UInt8]) -> Bool {
    guard isPublicOnly, !PublicAddress.contains(address) else { return true }
    fault = (.refusedAddress, "The host's address is not public.")
    return false
  }

  /// Like `isAllowed`, for an address of the host to which libcurl is about to connect.
  func mayConnect(to address: [UInt8]) -> Bool {
    let isAllowed = isAllowed(address)
    if isAllowed { hasAllowedAddress = true }
    return isAllowed
  }

  /// Copies the next part of the request's body; returns its length, 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = request.body[bodyOffset...].prefix(buffer.count)
    buffer.copyBytes(from: part)
    bodyOffset += part.count
    return part.count
  }
}

// Called by libcurl while receiving.
extension CurlTransport.Transfer {
  private static let headBytesMax = 65_536
  private static let collectedBytesMax = 1_000_000

  /// Takes one line of the head, including its line end; returns false to abort.
  func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= Self.headBytesMax else {
      return fail(.badAnswer, "The answer's headers are longer than \(Self.headBytesMax) bytes.")
    }
    guard head == nil else { return true }  // a trailer
    let text = line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    guard !text.isEmpty else { return endHead() }
    if let colon = text.firstIndex(of: UInt8(ascii: ":")), text.first != UInt8(ascii: " ") {
      headers.append(
        HTTPHeader(
          String(decoding: text[..<colon], as: UTF8.self).lowercased(),
          String(decoding: text[(colon + 1)...].trimmed, as: UTF8.self)))
    }
    return true
  }

  private func endHead() -> Bool {
    var status = 0
    csm_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    defer { headers = [] }
    guard status >= 200 else { return true }  // an interim response
    let head = HTTPHead(status: status, headers: headers)
    self.head = head
    if let sink, !sink.begin(head) {
      return fail(.sinkRefused, "The body was refused because of its headers.")
    }
    return true
  }

  /// Takes the next bytes of the body; returns false to abort.
  func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    let bytesMax =
      request.sink == nil || sink != nil
      ? request.bytesMax : min(request.bytesMax, Self.collectedBytesMax)
    guard bytes.count <= bytesMax - bodyBytes else {
      return fail(.tooLarge, "The body is longer than \(bytesMax) bytes.")
    }
    bodyBytes += bytes.count
    guard let sink else {
      body.append(contentsOf: bytes)
      return true
    }
    return sink.append(bytes) || fail(.sinkRefused, "The body could not be stored.")
  }

  /// The request's sink, if the status means that the body goes there.
  private var sink: (any ByteSink)? {
    head?.status == 200 || head?.status == 206 ? request.sink : nil
  }

  private func fail(_ kind: HTTPFailure.Kind, _ message: String) -> Bool {
    fault = (kind, message)
    return false
  }
}

// The result.
extension CurlTransport.Transfer {
  /// The result for libcurl's code.
  func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPFailure> {
    // libcurl does not treat a connection that ends within the head as an error.
    guard let head, code == CURLE_OK else {
      return .failure(failure(code == CURLE_OK ? CURLE_GOT_NOTHING : code))
    }
    return .success(HTTPResponse(head: head, body: body))
  }

  /// The failure of a transfer that is stopped now.
  var cancelled: HTTPFailure {
    HTTPFailure(
      .cancelled, "The request was cancelled.", sent: sendings > 0, head: head, body: body)
  }

  private func failure(_ code: CURLcode) -> HTTPFailure {
    // With several addresses, one that is refused says nothing about why the others failed.
    let isOfOthers =
      fault?.kind == .refusedAddress && hasAllowedAddress && code != CURLE_ABORTED_BY_CALLBACK
    let fault = isOfOthers ? nil : fault
    let kind = fault?.kind ?? kind(of: code)
    let message = fault?.message ?? message(of: code)
    return HTTPFailure(kind, message, sent: sendings > 0, head: head, body: body)
  }

  private func kind(of code: CURLcode) -> HTTPFailure.Kind {
    switch code {
    case CURLE_URL_MALFORMAT: .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
    case CURLE_COULDNT_CONNECT, CURLE_PROXY: .connect
    case CURLE_OPERATION_TIMEDOUT: timeoutKind
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
      CURLE_SEND_FAIL_REWIND, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      .closed
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
      .tls
    default: .badAnswer
    }
  }

  /// libcurl has one code for all deadlines; it must be the stall deadline if neither of the others
  /// can have passed.
  private var timeoutKind: HTTPFailure.Kind {
    sendings > 0 && ContinuousClock.now - started < request.deadline ? .stalled : .timeout
  }

  private func message(of code: CURLcode) -> String {
    let detail = String(
      decoding: errorText.map(UInt8.init(bitPattern:)).prefix { $0 != 0 }, as: UTF8.self)
    return (detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail) + "."
  }
}

extension HTTPHeader {
  /// Whether it is a single line.
  fileprivate var isOneLine: Bool {
    !(name + value).utf8.contains {
      $0 == 0 || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n")
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Without leading and trailing spaces and tabs.
  fileprivate var trimmed: Self {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let start = firstIndex { !isBlank($0) } ?? endIndex
    let end = lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
    return self[start..<end]
  }
}
