import CSMCore
import CSMFal
import Synchronization

/// fal in virtual time, as a `Transport`: its queue, its list of requests, its files, and a ledger.
///
/// It answers each call immediately, at the time that the clock shows; the simulator decides when the
/// answer arrives.
package final class SimulatedFal: Transport {
  private let clock: VirtualClock
  let state: Mutex<State>

  static let queueURL = "https://queue.fal.run"
  static let platformURL = "https://api.fal.ai"
  static let restURL = "https://rest.fal.ai"
  static let application = "fal-ai/csm-1b"
  static let filesURL = "https://v3.fal.media/files/"

  /// - Parameter key: the key that calls to fal must show in `Authorization`, and no other call may show.
  init(seed: UInt64, clock: VirtualClock, key: Secret) {
    self.clock = clock
    state = Mutex(State(seed: seed, at: clock.moment, key: key))
  }

  package func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    state.withLock { state in
      state.answer(request, at: clock.moment).map { answer in
        var answer = answer
        answer.head.headers.append(HTTPHeader("date", state.manner.date(at: clock.moment)))
        return answer
      }
    }
  }

  /// Makes the next submit begin to leave and get no answer, because the daemon dies.
  func loseNextSubmit() {
    state.withLock { $0.losesNextSubmit = true }
  }

  /// Every POST that has been accepted so far.
  var ledger: [LedgerEntry] {
    state.withLock { state in
      state.acceptLate(at: clock.moment)
      return state.ledger
    }
  }

  /// Whether a submit is still on its way to fal.
  var hasLate: Bool {
    state.withLock { state in
      state.acceptLate(at: clock.moment)
      return !state.late.isEmpty
    }
  }

  /// What the daemon did that it must never do, such as showing its key to other hosts.
  var complaints: [String] { state.withLock(\.complaints) }

  /// How often each fault happened.
  var faults: [Fault: Int] { state.withLock(\.faults.counts) }

  /// The state of fal.
  struct State {
    var faults: Faults
    var generator: SeededGenerator
    let episodes: [Episode]
    let key: Secret
    var requests: [String: Request] = [:]
    /// All ids in the order of acceptance, and those that the daemon asked about.
    var order: [String] = []
    var asked: [String] = []
    var ledger: [LedgerEntry] = []
    /// Submits that are still on their way to fal's queue.
    var late: [(at: Timestamp, body: [UInt8])] = []
    /// When each runner is free again.
    var runners: [Timestamp]
    /// How many seconds a request usually takes.
    let pace: ClosedRange<Double>
    /// How far the list lags behind at most, in seconds.
    let lag: Double
    let manner: Manner
    /// The times at which the list was read in the last hour.
    var readings: [Timestamp] = []
    /// The places promised for uploads, by the last part of their URLs.
    var uploads: [String: PromisedFile] = [:]
    var complaints: [String] = []
    var losesNextSubmit = false

    init(seed: UInt64, at now: Timestamp, key: Secret) {
      faults = Faults(seed: seed &* 3)
      generator = SeededGenerator(seed: seed &* 5)
      episodes = Episode.drawn(from: now, generator: &generator)
      self.key = key
      runners = Array(repeating: now, count: generator.whole(1...8))
      let slowest = generator.element(of: [0.5, 3, 20, 90]) ?? 3
      pace = slowest / 4...slowest
      lag = generator.element(of: [0, 5, 60, 900]) ?? 5
      manner = Manner(seed: seed, at: now)
    }

    mutating func answer(
      _ request: HTTPRequest, at now: Timestamp
    ) -> Result<HTTPResponse, HTTPFailure> {
      acceptLate(at: now)
      let hasKey = request.headers.contains { $0.value.contains(key.value) }
      if request.url.hasPrefix(SimulatedFal.filesURL) {
        if hasKey { complaints.append("the key went to the files' host") }
        return file(request, at: now)
      }
      if request.url.hasPrefix(SimulatedFal.uploadURL) {
        if hasKey { complaints.append("the key went to the place of an upload") }
        return put(request, at: now)
      }
      let hosts = [SimulatedFal.queueURL, SimulatedFal.platformURL, SimulatedFal.restURL]
      guard hosts.contains(where: { request.url.hasPrefix("\($0)/") }) else {
        complaints.append("\(request.url) was called\(hasKey ? ", with the key" : "")")
        return .failure(HTTPFailure(.resolve, "no such host", sent: false))
      }
      if let trouble = trouble(request, at: now) { return trouble }
      guard hasKey else { return .json(401, #"{"detail":"invalid key credentials"}"#) }
      if request.url == "\(SimulatedFal.restURL)/billing/user_balance" {
        return manner.balance.map { .json(200, $0) } ?? .json(404, #"{"detail":"Not Found"}"#)
      }
      if request.url.hasPrefix("\(SimulatedFal.restURL)/") { return promise(request, at: now) }
      if request.method == .post { return submit(request, at: now) }
      if request.url.hasPrefix(SimulatedFal.platformURL) { return listing(request, at: now) }
      return read(request, at: now)
    }

    func isOn(_ kind: Episode.Kind, at now: Timestamp) -> Bool {
      episodes.contains { $0.kind == kind && $0.time.contains(now) }
    }

    /// The answer of a fal that has a problem as a whole; nil if it has none.
    private func trouble(
      _ request: HTTPRequest, at now: Timestamp
    ) -> Result<HTTPResponse, HTTPFailure>? {
      if isOn(.unreachable, at: now) {
        return .failure(HTTPFailure(.connect, "nothing answers there", sent: false))
      }
      if let reason = request.willSend?() {
        return .failure(HTTPFailure(.heldBack, reason, sent: false))
      }
      if isOn(.silent, at: now) {
        return .failure(HTTPFailure(.timeout, "no answer in time", sent: true))
      }
      if isOn(.badGateway, at: now) { return .page(502) }
      if isOn(.unauthorized, at: now) {
        return .json(401, #"{"detail":"invalid key credentials"}"#)
      }
      if isOn(.locked, at: now) {
        return .json(403, #"{"detail":"User is locked. Reason: Exhausted balance."}"#)
      }
      return nil
    }
  }
}

extension Result<HTTPResponse, HTTPFailure> {
  /// An answer with a JSON body.
  static func json(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) -> Self {
    .success(
      HTTPResponse(head: HTTPHead(status: status, headers: headers), body: [UInt8](body.utf8)))
  }

  /// An answer of a proxy in front of fal.
  static func page(_ status: Int) -> Self {
    .success(
      HTTPResponse(
        head: HTTPHead(status: status), body: [UInt8]("<html><h1>\(status)</h1></html>".utf8)))
  }
}
