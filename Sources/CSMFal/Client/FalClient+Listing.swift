import CSMCore
import Foundation

extension FalClient {
  /// The most pages to read: at 100 requests per page, far more than a night's work.
  private static let pagesMax = 1000
  private static let pageSize = 100
  private static let pageBytesMax = 4 << 20
  /// The most requests to keep per input, and in total.
  private static let twinsMax = 100
  private static let listedMax = 50_000
  /// The time after which reading is abandoned.
  private static let deadline: Duration = .seconds(600)

  /// Reads all pages of fal's request listing from `since` on, and keeps the wanted requests.
  ///
  /// A request that is not listed may still have been sent: the listing lags, by an undocumented
  /// time.
  package func list(
    endpoints: [String], since: Timestamp, isWanted: @Sendable (SpeechRequest) -> Bool
  ) async -> ListingOutcome {
    // Keyed by id, so that repeated pages take no extra memory.
    var listed: [String: ListedRequest] = [:]
    var twins: [SpeechRequest: Int] = [:]
    let begin = ContinuousClock.now
    var cursor: String?
    var size = Self.pageSize
    // The end is fixed, or new requests would shift the pages.
    let range = ListingRange(since: since, clock)
    for _ in 0..<Self.pagesMax where ContinuousClock.now - begin < Self.deadline {
      var request = HTTPRequest(
        .get, listingURL(endpoints, range, size: size, cursor: cursor),
        bytesMax: Self.pageBytesMax)
      guard let result = await send(&request) else { return .unavailable(Self.keyless) }
      switch result {
      case .failure(let failure) where failure.kind == .tooLarge && size > 1:
        // Inputs with embedded clips make pages long; request smaller ones.
        size = size / 10
      case .failure(let failure): return .unavailable(Problem(failure))
      case .success(let answer):
        guard answer.status == 200, let page = answer.decode(ListingMessage.self) else {
          return .unavailable(answer.problem("no_listing"))
        }
        for item in page.items {
          guard let request = ListedRequest(item, range, clock), let input = request.request,
            listed[request.requestID] == nil, twins[input, default: 0] < Self.twinsMax,
            isWanted(input)
          else { continue }
          listed[request.requestID] = request
          twins[input, default: 0] += 1
        }
        guard listed.count <= Self.listedMax else { return .unavailable(Self.endless) }
        let next = page.nextCursor.flatMap { $0.isEmpty || $0 == cursor ? nil : $0 }
        guard page.hasMore != false, let next else {
          guard page.hasMore != true else { return .unavailable(Self.cut) }
          return .listed(listed.values.sorted { $0.requestID < $1.requestID })
        }
        cursor = next
      }
    }
    return .unavailable(Self.endless)
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
    let readings = [clock?.ours(moment), moment].compactMap(\.self)
    let latest = now.map { $0 + .seconds(300) } ?? Timestamp(milliseconds: .max)
    return readings.first { (since...max(since, latest)).contains($0) }
  }
}

extension ListedRequest {
  fileprivate init?(_ item: ListingMessage.Item, _ range: ListingRange, _ clock: FalClock?) {
    guard Ticket.isValid(requestID: item.requestID), let sentAt = Timestamp(rfc3339: item.sentAt),
      let ours = range.ours(sentAt, clock)
    else { return nil }
    self.init(
      requestID: item.requestID, endpoint: item.endpoint, sentAt: ours, request: item.input,
      succeeded: item.statusCode == 200)
  }
}
