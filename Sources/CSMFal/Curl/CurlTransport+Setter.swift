import CCurl
import Glibc

extension CurlTransport {
  /// Sets options of an easy handle.
  struct Setter {
    let easy: UnsafeMutableRawPointer

    func set(_ option: CURLoption, _ value: Int) {
      check(csm_set_long(easy, option, value), option)
    }

    func set(_ option: CURLoption, _ value: String) {
      check(csm_set_string(easy, option, value), option)
    }

    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
      check(csm_set_pointer(easy, option, value), option)
    }

    /// Sets an option that only affects performance and that libcurl may refuse, such as the size
    /// of a buffer that a reused handle still has.
    func trySet(_ option: CURLoption, _ value: Int) {
      _ = csm_set_long(easy, option, value)
    }

    /// Sets the length of the request's body.
    func set(bodyBytes count: Int) {
      check(csm_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, count), CURLOPT_POSTFIELDSIZE_LARGE)
    }

    /// Traps, since without the option the request would be sent under other rules.
    private func check(_ code: CURLcode, _ option: CURLoption) {
      precondition(code == CURLE_OK, "libcurl refuses option \(option.rawValue): \(code.rawValue)")
    }
  }
}

// The callbacks, each of which passes the call on to the transfer in its context.
extension CurlTransport.Setter {
  /// Directs the callbacks to `transfer`, which must live until the handle is removed or reset.
  func setCallbacks(to transfer: CurlTransport.Transfer) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    setBytesCallback(CURLOPT_READFUNCTION, CURLOPT_READDATA, context) {
      bytes, size, count, context in
      transferOf(context).read(
        into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
    setBytesCallback(CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, context) {
      bytes, size, count, context in
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return transferOf(context).receive(headerLine: line) ? line.count : abortion
    }
    setBytesCallback(CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, context) {
      bytes, size, count, context in
      let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return transferOf(context).receive(body: body) ? body.count : abortion
    }
    set(CURLOPT_PREREQDATA, context)
    check(
      csm_set_prereq_callback(easy) { context, address, _, _, _ in
        let address = address.map { String(cString: $0) } ?? ""
        return transferOf(context).willSend(to: address)
          ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      }, CURLOPT_PREREQFUNCTION)
    set(CURLOPT_OPENSOCKETDATA, context)
    check(
      csm_set_opensocket_callback(easy) { context, _, address in
        guard let address else { return CURL_SOCKET_BAD }
        return transferOf(context).openSocket(address)
      }, CURLOPT_OPENSOCKETFUNCTION)
  }

  private func setBytesCallback(
    _ function: CURLoption, _ data: CURLoption, _ context: UnsafeMutableRawPointer,
    _ callback: @escaping csm_bytes_callback
  ) {
    set(data, context)
    check(csm_set_bytes_callback(easy, function, callback), function)
  }
}

/// Returned by a callback to abort its transfer: fewer bytes than it was given.
private let abortion = 0

private func transferOf(_ context: UnsafeMutableRawPointer?) -> CurlTransport.Transfer {
  guard let context else { preconditionFailure("libcurl lost a callback's context") }
  return Unmanaged.fromOpaque(context).takeUnretainedValue()
}

extension CurlTransport.Transfer {
  /// Opens a socket for one of the host's addresses, if that is allowed.
  fileprivate func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    // The address may be longer than its declared type.
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else {
      return CURL_SOCKET_BAD
    }
    let bytes = CurlTransport.addressBytes(UnsafeRawPointer(address) + offset)
    guard mayConnect(to: bytes) else { return CURL_SOCKET_BAD }
    let (family, type) = (address.pointee.family, address.pointee.socktype)
    let socket = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    // A POST that the network swallows for a while may still arrive before its deadline.
    if request.method == .get { limitSilence(of: socket) }
    return socket
  }

  /// Ends the connection once the other side has confirmed nothing for half a minute of what was sent to it.
  private func limitSilence(of socket: Int32) {
    var milliseconds: CInt = 30_000
    setsockopt(
      socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds,
      socklen_t(MemoryLayout<CInt>.size))
  }
}
