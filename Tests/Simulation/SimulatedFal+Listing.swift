import CSMCore
import CSMFal
import Foundation

extension SimulatedFal.State {
  private static let pageSize = 40
  /// How many readings per hour are too many.
  private static let readingsMax = 1000

  /// A page of fal's list of requests: those that it shows by now, oldest first.
  mutating func listing(_ request: HTTPRequest, at now: Timestamp)
    -> Result<HTTPResponse, HTTPFailure>
  {
    readings.removeAll { $0 < now - .seconds(3600) }
    readings.append(now)
    if readings.count == Self.readingsMax { complaints.append("the listing is read too often") }
    if isOn(.noListing, at: now) || faults.strike(.noListing) {
      return generator.happens(0.5)
        ? .json(500, #"{"error":{"type":"server_error","message":"no"}}"#) : .page(502)
    }
    let query = Self.query(of: request.url)
    guard let start = query["start"].flatMap(Timestamp.init(rfc3339:)),
      query["endpoint_id"] == SimulatedFal.application
    else {
      complaints.append("\(request.url) is not a query of the listing")
      return .json(400, #"{"error":{"type":"validation_error","message":"no start"}}"#)
    }
    let end = query["end"].flatMap(Timestamp.init(rfc3339:)) ?? Timestamp(milliseconds: .max)
    let shown = order.compactMap { requests[$0] }.filter { request in
      let isThere = request.listedAt.map { $0 <= now } ?? false
      let moment = manner.shown(moment(of: request))
      return isThere && start <= moment && moment < end
        && (!manner.listsFromStart || request.start <= now)
    }
    let first = query["cursor"].flatMap(Int.init) ?? 0
    let page = shown.dropFirst(first).prefix(Self.pageSize)
    let next = first + page.count
    let cursor = next < shown.count ? "\"\(next)\"" : "null"
    let items = page.map { item($0, at: now) }.joined(separator: ",")
    return .json(
      200, #"{"items":[\#(items)],"next_cursor":\#(cursor),"has_more":\#(next < shown.count)}"#)
  }

  /// The time that the list shows for a request.
  private func moment(of request: SimulatedFal.Request) -> Timestamp {
    manner.listsFromStart ? request.start : request.sentAt
  }

  private func item(_ request: SimulatedFal.Request, at now: Timestamp) -> String {
    let isOver = request.phase(at: now) == .completed
    let input = request.isListedWithInput ? #","json_input":\#(request.body)"# : ""
    let code = if isOver, case .audio = request.fate { #","status_code":200"# } else { "" }
    return """
      {"request_id":"\(request.id)","endpoint_id":"\(SimulatedFal.application)",\
      "sent_at":"\(manner.shown(moment(of: request)).rfc3339)"\(code)\(input)}
      """
  }

  private static func query(of url: String) -> [String: String] {
    let pairs = url.split(separator: "?").dropFirst().first?.split(separator: "&") ?? []
    return pairs.reduce(into: [:]) { query, pair in
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { return }
      query[String(parts[0])] = String(parts[1]).removingPercentEncoding
    }
  }
}
