/// Sends one HTTP request and gives back its answer.
///
/// It is one of the program's two seams; the other is the clock. Any answer is a success here, whatever its status; a failure means that no whole answer came.
/// May be called concurrently. Cancelling the task aborts the request.
package protocol Transport: Sendable {
  /// Sends `request` and waits for the whole answer, or for the first reason to give up.
  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure>
}

/// One HTTP request, with the limits it is held to.
package struct HTTPRequest: Sendable {
  /// What the request does; all but `get` reach the server at most once.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
  }

  /// Which addresses the request may connect to.
  package enum AddressPolicy: Sendable {
    case any
    /// Only addresses of the public internet, judged by the address connected to, so that a name
    /// that resolves to a private address is refused too. A proxy's own address is not judged.
    case publicOnly
  }

  package var method: Method
  /// `https`, or `http` to `localhost` or a loopback address; without a user name.
  package var url: String
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// The time for the whole request, from `send` to the last byte of the answer.
  package var deadline: Duration
  /// The time for name lookup, connection and TLS handshake; a part of `deadline`.
  package var connectDeadline: Duration
  /// How long fewer than `rateMin` bytes a second may move in either direction, in whole seconds, rounded
  /// up.
  ///
  /// It is seen up to six seconds late, since speed is averaged.
  package var stallDeadline: Duration?
  /// In bytes a second; matters with a `stallDeadline`.
  package var rateMin: Int
  /// The most bytes of body that are received.
  package var bytesMax: Int
  package var addresses: AddressPolicy
  /// Takes the body where the status is 200 or 206; other bodies are collected, up to 1 MB.
  package var sink: (any ByteSink)?
  /// Runs on the transport's thread when the connection stands, right before the first byte leaves;
  /// a reason, as a sentence, keeps all of it from leaving.
  package var willSend: (@Sendable () -> String?)?

  package init(
    _ method: Method,
    _ url: String,
    headers: [HTTPHeader] = [],
    body: [UInt8] = [],
    deadline: Duration = .seconds(60),
    connectDeadline: Duration = .seconds(10),
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
    self.connectDeadline = connectDeadline
    self.stallDeadline = stallDeadline
    self.rateMin = rateMin
    self.bytesMax = bytesMax
    self.addresses = addresses
    self.sink = sink
  }
}

/// One header field.
package struct HTTPHeader: Sendable, Equatable {
  /// In lower case where it comes from an answer.
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Status and headers of an answer.
package struct HTTPHead: Sendable, Equatable {
  package var status: Int
  package var headers: [HTTPHeader]

  package init(status: Int, headers: [HTTPHeader] = []) {
    self.status = status
    self.headers = headers
  }

  /// The value of the first header called `name`, which is given in lower case.
  package subscript(name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// A whole answer.
package struct HTTPResponse: Sendable, Equatable {
  package var head: HTTPHead
  /// Empty where a sink took the body.
  package var body: [UInt8]
  /// The bytes of body received, in `body` or by the sink.
  package var bodyBytes: Int

  package init(head: HTTPHead, body: [UInt8] = [], bodyBytes: Int? = nil) {
    self.head = head
    self.body = body
    self.bodyBytes = bodyBytes ?? body.count
  }
}

/// Takes an answer's body as it arrives.
///
/// Called by one transport thread, one call at a time, and never after `send` has returned. It
/// holds up every other request while it works.
package protocol ByteSink: AnyObject, Sendable {
  /// Sees status and headers before the first byte; false refuses the body.
  func begin(_ head: HTTPHead) -> Bool

  /// Takes the next bytes, which are valid during the call only; false ends the request.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool
}

/// Why a request has no whole answer.
package struct HTTPFailure: Error, Sendable, Equatable {
  /// What went wrong.
  package enum Kind: String, Sendable {
    /// The URL or a header cannot be sent as it stands.
    case invalidRequest
    /// The host's name has no address.
    case resolve
    /// Nothing accepts connections there.
    case connect
    /// No connection was made, for every address is outside the request's policy.
    case refusedAddress
    /// The TLS handshake failed, or the certificate is not trusted.
    case tls
    /// A deadline passed.
    case timeout
    /// Too few bytes moved for the stall deadline.
    case stalled
    /// The connection ended before the answer did.
    case closed
    /// The body is longer than allowed.
    case tooLarge
    /// The sink did not want the body.
    case sinkRefused
    /// The answer breaks HTTP, or its body is in an encoding that was not asked for.
    case badAnswer
    /// `willSend` had a reason against it.
    case heldBack
    /// The task was cancelled, or the transport shut down.
    case cancelled
  }

  package var kind: Kind
  /// One sentence for people; it holds no header and no body.
  package var message: String
  /// Whether any byte of the request can have left; false is certain.
  package var sent: Bool
  /// What had arrived of the answer: a status that came is true even if its body did not.
  package var head: HTTPHead?

  package init(_ kind: Kind, _ message: String, sent: Bool, head: HTTPHead? = nil) {
    self.kind = kind
    self.message = message
    self.sent = sent
    self.head = head
  }
}
