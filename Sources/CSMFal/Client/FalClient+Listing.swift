import CSMCore
import Foundation

extension FalClient {
  /// The most pages to read: at 100 requests per page, far more than a night's work.
  private static let pagesMax = 1000
  private static let pageSize = 100
  private static let pageBytesMax = 4 << 20
  /// The most requests to keep.
  private static let listedMax = 50_000
  /// The time after which reading is abandoned.
  private static let deadline: Duration = .seconds(600)

  /// Reads all pages of fal's request listing from `since` on, and keeps the wanted requests, and those that
  /// may be wanted but cannot be read.
  ///
  /// A request that is not listed may still have been sent: the listing lags, by an undocumented
  /// time. A page that cannot be read for the moment is asked for again after a `wait`, or a night with many
  /// pages might never be read whole.
  package func list(
    endpoints: [String], since: Timestamp,
    wait: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    isWanted: @Sendable (SpeechRequest) -> Bool
  ) async -> ListingOutcome {
    var kept = KeptRequests()
    var patience = PagePatience()
    let begin = ContinuousClock.now
    var cursor: String?
    var size = Self.pageSize
    // The end is fixed, or new requests would shift the pages.
    let range = ListingRange(since: since, clock)
    for _ in 0..<Self.pagesMax where ContinuousClock.now - begin < Self.deadline {
      var request = HTTPRequest(
        .get, listingURL(endpoints, range, size: size, cursor: cursor),
        bytesMax: Self.pageBytesMax)
      guard let result = await send(&request) else { return kept.unavailable(Self.keyless) }
      if case .failure(let failure) = result, failure.kind == .tooLarge, size > 1 {
        // Inputs with embedded clips make pages long; request smaller ones.
        size = size / 10
        continue
      }
      switch result.page {
      case .success(let page):
        for item in page.items { kept.add(item, range, clock, isWanted: isWanted) }
        guard kept.count <= Self.listedMax else { return kept.unavailable(Self.endless) }
        let next = page.nextCursor.flatMap { $0.isEmpty || $0 == cursor ? nil : $0 }
        guard page.hasMore != false, let next else {
          guard page.hasMore != true else { return kept.unavailable(Self.cut) }
          return kept.outcome
        }
        cursor = next
        patience = PagePatience()
      case .failure(let unread):
        guard let delay = patience.delay(unread, isFirst: cursor == nil),
          (try? await wait(delay)) != nil
        else { return kept.unavailable(unread.problem) }
      }
    }
    return kept.unavailable(Self.endless)
  }

  private static let endless = Problem("no_listing", "fal's list of requests does not end")

  private static let cut = Problem(
    "no_listing", "fal's list of requests has more pages, but fal does not say how to read them")

  private func listingURL(
    _ endpoints: [String], _ range: ListingRange, size: Int, cursor: String?
  ) -> String {
    var query = endpoints.map { ("endpoint_id", $0) }
    query += [
      ("start", range.start.rfc3339), ("limit", String(size)), ("expand", "payloads"),
    ]
    if let end = range.end { query.append(("end", end.rfc3339)) }
    if let cursor { query.append(("cursor", cursor)) }
    let encoded = query.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }
    return "\(services.platformURL)/v1/models/requests/by-endpoint?"
      + encoded.joined(separator: "&")
  }
}

/// Why a page cannot be read.
private struct UnreadPage: Error {
  let problem: Problem
  /// Whether it may be read in a moment.
  var isPassing = true
  var retryAfter: Duration?
}

extension Result<FalAnswer, HTTPFailure> {
  fileprivate var page: Result<ListingMessage, UnreadPage> {
    switch self {
    case .failure(let failure): return .failure(UnreadPage(problem: Problem(failure)))
    case .success(let answer):
      if answer.status == 200, let page = answer.decode(ListingMessage.self) {
        return .success(page)
      }
      let isPassing = [408, 425, 429].contains(answer.status) || answer.status >= 500
      return .failure(
        UnreadPage(
          problem: answer.problem("no_listing"), isPassing: isPassing,
          retryAfter: answer.retryAfter))
    }
  }
}

/// How long a page that cannot be read is asked for again.
private struct PagePatience {
  private var delay: Duration = .seconds(1)
  private var left: Duration = .seconds(30)

  /// How long to wait before the next try; nil if the reading ends here.
  ///
  /// A reading that could not even begin loses nothing, and its caller begins another; so it goes on only if
  /// fal says when.
  mutating func delay(_ unread: UnreadPage, isFirst: Bool) -> Duration? {
    guard unread.isPassing, !isFirst || unread.retryAfter != nil else { return nil }
    let next = max(delay, unread.retryAfter ?? .zero)
    guard next <= left else { return nil }
    (delay, left) = (delay * 2, left - next)
    return next
  }
}

/// The time range to query, wide enough for both clocks, either of which may be wrong.
private struct ListingRange {
  let start: Timestamp
  let end: Timestamp?
  /// By our clock.
  private let since: Timestamp
  private let now: Timestamp?

  init(since: Timestamp, _ clock: FalClock?) {
    self.since = since
    now = clock?.now()
    start = min(since, clock?.theirs(since) ?? since)
    // fal's dates are precise to the second.
    end = clock.map { min(max($0.now(), $0.theirNow) + .seconds(2), Self.last) }
  }

  /// The last time that can be queried.
  private static let last = Timestamp(milliseconds: 253_402_300_799_000)

  /// The time by our clock; nil if it is outside the range by either clock.
  func ours(_ moment: Timestamp, _ clock: FalClock?) -> Timestamp? {
    readings(moment, clock).first { (since...max(since, latest)).contains($0) }
  }

  /// Whether the time is yet to come by both clocks, so that it says nothing.
  func isAhead(_ moment: Timestamp, _ clock: FalClock?) -> Bool {
    readings(moment, clock).allSatisfy { $0 > max(since, latest) }
  }

  private var latest: Timestamp { now.map { $0 + .seconds(300) } ?? Timestamp(milliseconds: .max) }

  private func readings(_ moment: Timestamp, _ clock: FalClock?) -> [Timestamp] {
    [clock?.ours(moment), moment].compactMap(\.self)
  }
}

/// The requests to keep, from the pages read so far.
private struct KeptRequests {
  // By id, and without repetitions, so that repeated pages take no extra memory.
  private var listed: [String: ListedRequest] = [:]
  private var opaque: Set<OpaqueRequest> = []
  private var twins: [SpeechRequest: Int] = [:]

  /// The most requests to keep per input.
  private static let twinsMax = 100

  var count: Int { listed.count + opaque.count }

  private var inOrder: [ListedRequest] { listed.values.sorted { $0.requestID < $1.requestID } }

  var outcome: ListingOutcome { .listed(inOrder, opaque: Array(opaque)) }

  func unavailable(_ problem: Problem) -> ListingOutcome { .unavailable(problem, shown: inOrder) }

  mutating func add(
    _ item: ListingMessage.Item, _ range: ListingRange, _ clock: FalClock?,
    isWanted: (SpeechRequest) -> Bool
  ) {
    let theirs = item.sentAt.flatMap { Timestamp(rfc3339: $0) }
    let ours = theirs.flatMap { range.ours($0, clock) }
    // It is older than what was asked for.
    if let theirs, ours == nil, !range.isAhead(theirs, clock) { return }
    let id = item.requestID.flatMap { Ticket.isValid(requestID: $0) ? $0 : nil }
    if let id, listed[id] != nil { return }
    if let input = item.input, !isWanted(input) { return }
    if let id, let ours, let input = item.input {
      keep(
        ListedRequest(
          requestID: id, endpoint: item.endpoint, sentAt: ours, request: input,
          succeeded: item.statusCode == 200), with: input)
    } else {
      opaque.insert(OpaqueRequest(requestID: id, endpoint: item.endpoint, sentAt: ours))
    }
  }

  private mutating func keep(_ request: ListedRequest, with input: SpeechRequest) {
    guard twins[input, default: 0] < Self.twinsMax else { return }
    twins[input, default: 0] += 1
    listed[request.requestID] = request
  }
}
