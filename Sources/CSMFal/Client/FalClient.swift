import CSMCore
import Foundation

/// fal's queue as the daemon needs it: each call is one request, and comes to one outcome.
///
/// No call throws, retries or waits: what is to happen next is decided elsewhere. POST is used for the
/// submit, and for asking the REST host for a place for a file: a POST to any other URL of the queue
/// buys a new request.
package struct FalClient: Sendable {
  let transport: any Transport
  let services: Services
  /// The key as it is now; nil while none can be read.
  let key: @Sendable () -> Secret?
  /// fal's clock; nil where its answers' dates are of no use.
  package let clock: FalClock?

  /// Where fal is, and what is asked of it.
  package struct Services: Sendable {
    /// Base addresses, without a slash at their ends.
    package var queueURL: String
    package var restURL: String
    package var platformURL: String
    /// The model that the free question is about: owner, name and perhaps a path.
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

  /// Answers are read up to this size; all that fal documents are far below.
  static let answerBytesMax = CollectOutcome.bytesMax
  /// Audio may come inside of a result: the 90 seconds that the model speaks at most are 5.8 MB in base64.
  static let resultBytesMax = 6 << 20
  /// How long fal is asked to keep the audio: longer than any download may be put off.
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
  /// It is never sent twice, not by any layer below either.
  ///
  /// - Parameter willSend: runs right before the first byte leaves; a reason keeps it from leaving.
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
      return .shut(.auth, Self.keyless)
    }
    return SubmitOutcome(answer, acceptedAt: now)
  }

  /// Asks where a request stands.
  ///
  /// - Parameter isAnothers: whether another job is known to own a request.
  package func poll(
    _ ticket: Ticket, of endpoint: String, isAnothers: (String) -> Bool = { _ in false }
  ) async -> PollOutcome {
    var request = HTTPRequest(
      .get, "\(url(ticket, endpoint, .status))?logs=0", deadline: .seconds(30),
      bytesMax: Self.answerBytesMax)
    guard let answer = await send(&request) else { return .shut(.auth, Self.keyless) }
    if let problem = Self.mixUp(answer, ticket, isAnothers) {
      return .later(problem, retryAfter: nil)
    }
    return PollOutcome(answer)
  }

  /// Reads the result.
  ///
  /// - Parameters:
  ///   - isLong: whether it may hold the audio itself, and so be beyond the usual size.
  ///   - isAnothers: whether another job is known to own a request.
  package func collect(
    _ ticket: Ticket, of endpoint: String, isLong: Bool = false,
    isAnothers: (String) -> Bool = { _ in false }
  ) async -> CollectOutcome {
    var request = HTTPRequest(
      .get, url(ticket, endpoint, .response), deadline: .seconds(120),
      bytesMax: isLong ? Self.resultBytesMax : CollectOutcome.bytesMax)
    guard let answer = await send(&request) else { return .shut(.auth, Self.keyless) }
    if case .failure(let failure) = answer, failure.kind == .tooLarge, !isLong { return .long }
    if let problem = Self.mixUp(answer, ticket, isAnothers) {
      return .later(problem, retryAfter: nil)
    }
    return CollectOutcome(answer)
  }

  /// An answer that names the request of another job: what stands between gave it to the wrong question.
  ///
  /// That its header names a request that nobody owns says nothing: fal's documents leave open whether it
  /// is the id of the question itself.
  private static func mixUp(
    _ answer: Result<FalAnswer, HTTPFailure>, _ ticket: Ticket, _ isAnothers: (String) -> Bool
  ) -> Problem? {
    guard case .success(let answer) = answer else { return nil }
    let body =
      answer.body.count <= CollectOutcome.bytesMax ? answer.decode(StatusMessage.self) : nil
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
    switch answer {
    case .success(let answer) where (200...299).contains(answer.status): return .acknowledged
    case .success(let answer) where answer.status == 400 || answer.status == 404: return .tooLate
    case .success(let answer): return .later(answer.problem("no_answer"))
    case .failure(let failure): return .later(Problem(failure))
    }
  }

  /// Asks for the status of an id that nobody has: free, and fal's answer shows what it thinks of us.
  package func probe() async -> ProbeOutcome {
    let nobody = Ticket(
      requestID: UUID().uuidString.lowercased(), acceptedAt: Timestamp(milliseconds: 0))
    var request = HTTPRequest(
      .get, "\(url(nobody, services.endpoint, .status))?logs=0", deadline: .seconds(30))
    guard let answer = await send(&request) else { return .unauthorized(Self.keyless) }
    return ProbeOutcome(PollOutcome(answer))
  }

  static let keyless = Problem("no_key", "There is no key for fal.")

  /// Sends a request with the key; nil when there is none.
  func send(_ request: inout HTTPRequest) async -> Result<FalAnswer, HTTPFailure>? {
    guard let key = key() else { return nil }
    request.headers += [
      HTTPHeader("Authorization", "Key \(key.value)"), HTTPHeader("Accept", "application/json"),
    ]
    let result = await transport.send(request).map { FalAnswer($0.without(key)) }
    if case .success(let answer) = result, let date = answer.date { clock?.note(date) }
    return result
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
  /// Any answer about the id shows that fal takes the key.
  fileprivate init(_ outcome: PollOutcome) {
    switch outcome {
    case .inQueue, .inProgress, .completed, .missing: self = .fine
    case .later(let problem, _), .unreadable(let problem): self = .unreachable(problem)
    case .shut(.balance, let problem): self = .locked(problem)
    case .shut(_, let problem): self = .unauthorized(problem)
    }
  }
}
