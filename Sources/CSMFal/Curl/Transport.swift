/// Sends HTTP requests; with the clock, one of the two things that tests replace.
///
/// Any answer is a success here, whatever its status; a failure means that no complete answer
/// arrived. May be called concurrently. Cancelling the task aborts the request.
package protocol Transport: Sendable {
  /// Sends `request` and waits for the complete answer or a failure.
  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure>
}

/// An HTTP request with its limits.
package struct HTTPRequest: Sendable {
  /// The method; all but `get` are sent at most once.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
  }

  /// The addresses the request may connect to.
  package enum AddressPolicy: Sendable {
    case any
    /// Only public addresses.
    ///
    /// The actual address of the connection is checked, so names that resolve to private addresses
    /// are refused too. A proxy's address is not checked.
    case publicOnly
  }

  package var method: Method
  /// `https`, or `http` to `localhost` or a loopback address, without a user name.
  package var url: String
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// The time limit for the whole request, from `send` to the last byte of the answer.
  package var deadline: Duration
  /// The time limit for name lookup, connection and TLS handshake, within `deadline`.
  package var connectDeadline: Duration = .seconds(10)
  /// How long the transfer may stay below `rateMin`, rounded up to whole seconds; nil for no limit.
  ///
  /// Detected up to six seconds late, since the rate is averaged.
  package var stallDeadline: Duration?
  /// Bytes per second in either direction; applies only with a `stallDeadline`.
  package var rateMin: Int
  /// The size limit for the answer's body.
  package var bytesMax: Int
  package var addresses: AddressPolicy
  /// Whether a body in an encoding that libcurl knows is decoded, and one in another is refused; otherwise
  /// the bytes are taken as they are.
  package var isDecoded = true
  /// Takes the body if the status is 200 or 206; other bodies are kept in memory, up to 1 MB.
  package var sink: (any ByteSink)?
  /// Called on the transport's thread once connected, just before the first byte is sent; returning
  /// a reason, as a sentence, prevents sending.
  package var willSend: (@Sendable () -> String?)?

  package init(
    _ method: Method,
    _ url: String,
    headers: [HTTPHeader] = [],
    body: [UInt8] = [],
    deadline: Duration = .seconds(60),
    stallDeadline: Duration? = nil,
    rateMin: Int = 1,
    bytesMax: Int = 1_000_000,
    addresses: AddressPolicy = .any,
    sink: (any ByteSink)? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadline = deadline
    self.stallDeadline = stallDeadline
    self.rateMin = rateMin
    self.bytesMax = bytesMax
    self.addresses = addresses
    self.sink = sink
  }
}

/// A header field.
package struct HTTPHeader: Sendable, Equatable {
  /// Lower-case in answers.
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The status and headers of an answer.
package struct HTTPHead: Sendable, Equatable {
  package var status: Int
  package var headers: [HTTPHeader]

  package init(status: Int, headers: [HTTPHeader] = []) {
    self.status = status
    self.headers = headers
  }

  /// The value of the first header with this lower-case name.
  package subscript(name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// A complete answer.
package struct HTTPResponse: Sendable, Equatable {
  package var head: HTTPHead
  /// Empty if a sink took the body.
  package var body: [UInt8]

  package init(head: HTTPHead, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }
}

/// Takes an answer's body as it arrives.
///
/// Called on a transport thread, never concurrently, and never after `send` has returned. It blocks
/// all other requests of that thread.
package protocol ByteSink: AnyObject, Sendable {
  /// Called with status and headers before the first byte; returns false to refuse the body.
  func begin(_ head: HTTPHead) -> Bool

  /// Takes the next bytes, which are valid only during the call; returns false to abort.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool
}

/// Why a request has no complete answer.
package struct HTTPFailure: Error, Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// The URL or a header is not valid.
    case invalidRequest
    /// The host's name cannot be resolved.
    case resolve
    /// The connection was refused or failed.
    case connect
    /// The request's policy allows none of the host's addresses.
    case refusedAddress
    /// The TLS handshake failed, or the certificate is not trusted.
    case tls
    /// A deadline passed.
    case timeout
    /// The transfer was too slow for too long.
    case stalled
    /// The connection ended before the answer was complete.
    case closed
    /// The body exceeds the limit.
    case tooLarge
    /// The sink refused the body.
    case sinkRefused
    /// The answer is not valid HTTP, or in an unsupported encoding.
    case badAnswer
    /// `willSend` prevented it.
    case heldBack
    /// The task was cancelled or the transport shut down.
    case cancelled
  }

  package var kind: Kind
  /// One sentence for people, without any header or body.
  package var message: String
  /// Whether any byte of the request may have been sent; false is certain.
  package var sent: Bool
  /// The head, if it arrived; nil otherwise.
  package var head: HTTPHead?
  /// What arrived of the body, unless a sink took it.
  package var body: [UInt8]

  package init(
    _ kind: Kind, _ message: String, sent: Bool, head: HTTPHead? = nil, body: [UInt8] = []
  ) {
    self.kind = kind
    self.message = message
    self.sent = sent
    self.head = head
    self.body = body
  }
}
