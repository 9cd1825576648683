import CSMCore
import Foundation

extension FalClient {
  /// Pages that are read at most: a thousand requests a page at most would be a night's work.
  private static let pagesMax = 1000
  private static let pageSize = 100
  private static let pageBytesMax = 4 << 20

  /// Reads all pages of fal's listing of our requests from `since` on, and keeps those that are wanted.
  ///
  /// What fal does not list is not thereby unsent: the listing lags, and by how much is not documented.
  package func list(
    endpoints: [String], since: Timestamp, isWanted: @Sendable (SpeechRequest) -> Bool
  ) async -> ListingOutcome {
    // By id, so that pages that repeat themselves take no more room.
    var listed: [String: ListedRequest] = [:]
    var cursor: String?
    var size = Self.pageSize
    // One end for all pages: with a moving one, what comes meanwhile would move the pages.
    let range = (clock?.theirs(since) ?? since, clock?.theirNow)
    for _ in 0..<Self.pagesMax {
      var request = HTTPRequest(
        .get, listingURL(endpoints, range, size: size, cursor: cursor),
        bytesMax: Self.pageBytesMax)
      guard let result = await send(&request) else { return .unavailable(Self.keyless) }
      switch result {
      case .failure(let failure) where failure.kind == .tooLarge && size > 1:
        // Inputs with clips inside make long pages; fewer of them on each then.
        size = size / 10
      case .failure(let failure): return .unavailable(Problem(failure))
      case .success(let answer):
        guard answer.status == 200, let page = answer.decode(ListingMessage.self) else {
          return .unavailable(answer.problem("no_listing"))
        }
        for item in page.items {
          guard let request = ListedRequest(item, clock), let input = request.request,
            isWanted(input)
          else { continue }
          listed[request.requestID] = request
        }
        guard page.hasMore != false, let next = page.nextCursor, next != cursor else {
          return .listed(listed.values.sorted { $0.requestID < $1.requestID })
        }
        cursor = next
      }
    }
    return .unavailable(Problem("no_listing", "fal's listing does not end"))
  }

  private func listingURL(
    _ endpoints: [String], _ range: (start: Timestamp, end: Timestamp?), size: Int, cursor: String?
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

extension ListedRequest {
  init?(_ item: ListingMessage.Item, _ clock: FalClock?) {
    guard Ticket.isValid(requestID: item.requestID), let sentAt = Timestamp(rfc3339: item.sentAt)
    else { return nil }
    self.init(
      requestID: item.requestID, endpoint: item.endpoint, sentAt: clock?.ours(sentAt) ?? sentAt,
      request: item.input, succeeded: item.statusCode == 200)
  }
}
