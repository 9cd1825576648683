import CSMCore
import Foundation

/// A client for fal: each call makes one request and returns one outcome.
///
/// No call throws, and none but `list` retries or waits; what happens next is decided elsewhere. The
/// only POSTs are the submit and the request to the REST host for an upload URL, since a POST to any
/// URL of the queue buys a new request.
package struct FalClient: Sendable {
  let transport: any Transport
  let services: Services
  /// Reads the current key; nil while none can be read.
  let key: @Sendable () -> Secret?
  /// fal's clock; nil to ignore the dates of its answers.
  package let clock: FalClock?

  /// The addresses and limits to use.
  package struct Services: Sendable {
    /// Base addresses, without trailing slashes.
    package var queueURL: String
    package var restURL: String
    package var platformURL: String
    /// The model whose queue `probe` asks: owner, name and optional path.
    package var endpoint: String
    package var cdnHosts: [String]
    package var audioBytesMax: Int
    package var submitTimeout: Duration

    package init(_ settings: Settings) {
      queueURL = settings.queueURL
      restURL = settings.restURL
      platformURL = settings.platformURL
      endpoint = settings.endpoint
      cdnHosts = settings.cdnHosts
      audioBytesMax = settings.audioBytesMax
      submitTimeout = settings.limits.submitTimeout
    }
  }

  /// The size limit for answers; all documented ones are far smaller.
  static let answerBytesMax = CollectOutcome.bytesMax
  /// The size limit for a status, which some servers send with logs that nobody asked for.
  static let statusBytesMax = 1 << 18
  /// The size limit for results with embedded audio: the model's maximum of 90 s is 5.8 MB in
  /// base64.
  static let resultBytesMax = 6 << 20
  /// How long fal is asked to keep the audio; longer than any download may be put off.
  static let audioLifetime = #"{"expiration_duration_seconds":604800}"#

  package init(
    transport: any Transport, services: Services, clock: FalClock? = nil,
    key: @escaping @Sendable () -> Secret?
  ) {
    self.transport = transport
    self.services = services
    self.clock = clock
    self.key = key
  }

  /// Makes the one POST of an intent.
  ///
  /// No layer ever sends it twice.
  ///
  /// - Parameter willSend: runs just before the first byte is sent; returning a reason prevents
  ///   sending.
  package func submit(
    _ input: SpeechRequest, to endpoint: String, at now: Timestamp,
    willSend: @escaping @Sendable () -> String?
  ) async -> SubmitOutcome {
    guard let body = try? JSONEncoder.sorted.encode(input) else {
      return .rejected(Problem("bad_input", "The input cannot be written as JSON."))
    }
    var request = HTTPRequest(
      .post, "\(services.queueURL)/\(endpoint)",
      headers: [
        HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("X-Fal-Object-Lifecycle-Preference", Self.audioLifetime),
      ],
      body: Array(body), deadline: services.submitTimeout, bytesMax: Self.answerBytesMax)
    request.willSend = willSend
    guard let answer = await send(&request) else {
      return .gated(.auth, Self.keyless)
    }
    return SubmitOutcome(answer, acceptedAt: now)
  }

  /// Reads the status of a request.
  ///
  /// - Parameter isAnothers: whether another job is known to own the request with this id.
  package func poll(
    _ ticket: Ticket, of endpoint: String, isAnothers: (String) -> Bool = { _ in false }
  ) async -> PollOutcome {
    var request = HTTPRequest(
      .get, "\(url(ticket, endpoint, .status))?logs=0", deadline: .seconds(30),
      bytesMax: Self.statusBytesMax)
    guard let answer = await send(&request) else { return .gated(.auth, Self.keyless) }
    if let problem = Self.mixUp(answer, ticket, isAnothers) {
      return .later(problem, retryAfter: nil)
    }
    return PollOutcome(answer)
  }

  /// Reads the result.
  ///
  /// - Parameters:
  ///   - isLong: whether to accept a result that embeds the audio and so exceeds the usual size.
  ///   - isAnothers: whether another job is known to own the request with this id.
  package func collect(
    _ ticket: Ticket, of endpoint: String, isLong: Bool = false,
    isAnothers: (String) -> Bool = { _ in false }
  ) async -> CollectOutcome {
    var request = HTTPRequest(
      .get, url(ticket, endpoint, .response), deadline: .seconds(120), stallDeadline: .seconds(30),
      bytesMax: isLong ? Self.resultBytesMax : CollectOutcome.bytesMax)
    guard let answer = await send(&request) else { return .gated(.auth, Self.keyless) }
    if case .failure(let failure) = answer, failure.kind == .tooLarge, !isLong { return .long }
    if let problem = Self.mixUp(answer, ticket, isAnothers) {
      return .later(problem, retryAfter: nil)
    }
    return CollectOutcome(answer)
  }

  /// Reads a result once more; nil unless it is there and has another URL for the audio than `result`.
  package func renewed(
    _ result: String, _ ticket: Ticket, of endpoint: String, isAnothers: (String) -> Bool
  ) async -> String? {
    guard case .audio(let renewed, _) = await collect(ticket, of: endpoint, isAnothers: isAnothers),
      AudioSource(result: renewed)?.url != AudioSource(result: result)?.url
    else { return nil }
    return renewed
  }

  /// The problem of an answer about another job's request, mixed up by a server in between; nil
  /// otherwise.
  ///
  /// A header with an id that no job owns is ignored, since fal does not document whether that is
  /// the id of this very call.
  private static func mixUp(
    _ answer: Result<FalAnswer, HTTPFailure>, _ ticket: Ticket, _ isAnothers: (String) -> Bool
  ) -> Problem? {
    guard case .success(let answer) = answer else { return nil }
    let body =
      answer.body.count <= statusBytesMax ? answer.decode(StatusMessage.self) : nil
    let named = [answer.requestID, body?.requestID].compactMap(\.self)
    guard let other = named.first(where: { $0 != ticket.requestID && isAnothers($0) }) else {
      return nil
    }
    return Problem("mixed_up", "the answer is about another request, \(other)")
  }

  /// Asks fal to cancel.
  package func cancel(_ ticket: Ticket, of endpoint: String) async -> CancelOutcome {
    var request = HTTPRequest(
      .put, url(ticket, endpoint, .cancel), deadline: .seconds(30), bytesMax: Self.answerBytesMax)
    guard let answer = await send(&request) else { return .later(Self.keyless) }
    return CancelOutcome(answer)
  }

  /// Asks for the status of a made-up id, a free request that shows whether fal accepts the key.
  package func probe() async -> ProbeOutcome {
    let nobody = Ticket(
      requestID: UUID().uuidString.lowercased(), acceptedAt: Timestamp(milliseconds: 0))
    var request = HTTPRequest(
      .get, "\(url(nobody, services.endpoint, .status))?logs=0", deadline: .seconds(30))
    guard let answer = await send(&request) else { return .unauthorized(Self.keyless) }
    return ProbeOutcome(PollOutcome(answer))
  }

  static let keyless = Problem("no_key", "There is no key for fal.")

  /// Sends a request with the key; nil if there is no key.
  func send(_ request: inout HTTPRequest) async -> Result<FalAnswer, HTTPFailure>? {
    guard let key = key() else { return nil }
    request.headers += [
      HTTPHeader("Authorization", "Key \(key.value)"), HTTPHeader("Accept", "application/json"),
    ]
    let result = await transport.send(request)
      .map { FalAnswer($0.without(key)) }.mapError { $0.without(key) }
    if case .success(let answer) = result, let date = answer.date { clock?.note(date) }
    return result
  }

  /// The URL at which `collect` reads the result.
  package func resultURL(_ ticket: Ticket, of endpoint: String) -> String {
    url(ticket, endpoint, .response)
  }

  private func url(_ ticket: Ticket, _ endpoint: String, _ kind: RequestURL.Kind) -> String {
    RequestURL(queueURL: services.queueURL, endpoint: endpoint).of(ticket, kind)
  }
}

extension JSONEncoder {
  static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

extension ProbeOutcome {
  /// Any answer about the id shows that fal accepts the key.
  fileprivate init(_ outcome: PollOutcome) {
    switch outcome {
    case .inQueue, .inProgress, .completed, .missing: self = .fine
    case .long: self = .unreachable(Problem("too_large", "the answer is too long for fal's"))
    case .later(let problem, _), .unreadable(let problem): self = .unreachable(problem)
    case .gated(.balance, let problem): self = .locked(problem)
    case .gated(_, let problem): self = .unauthorized(problem)
    }
  }
}
