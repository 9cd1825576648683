import Foundation
import Synchronization

extension LocalFal {
  /// Answers `GET /v1/models/requests/by-endpoint`, with the last ended request first.
  func list(_ incoming: IncomingCall) async throws -> Reply {
    guard faultControl.withLock(\.lists) else {
      return .platform(403, "authorization_error", "This key may not list requests")
    }
    let filter: ListingFilter
    do {
      filter = try ListingFilter(incoming, from: options.listingStart, lag: options.listingLag)
    } catch let error as ListingFilter.Problem {
      return .platform(400, "validation_error", error.message)
    }
    let page = queue.withLock { queue in
      queue.advance(to: incoming.now)
      return ListingPage(
        of: queue, filter,
        withUnfinished: options.listsUnfinished || options.listingStart == .dispatched)
    }
    var items: [JSON] = []
    for job in page.jobs { items.append(try await item(of: job, filter, incoming.base)) }
    return Reply(
      200,
      [
        "items": .array(items), "has_more": .bool(page.next != nil),
        "next_cursor": page.next.map { .string($0) } ?? .null,
      ])
  }

  private func item(of job: Job, _ filter: ListingFilter, _ base: String) async throws -> JSON {
    let entry = try ledger.entry(at: job.place)
    var members: [String: JSON] = [
      "request_id": .string(job.id.lowercased), "endpoint_id": .string(entry.endpoint),
      "sent_at": .string((filter.sentAt(job) ?? job.sentAt).rfc3339),
      "started_at": .string((job.startedAt ?? job.sentAt).rfc3339),
    ]
    if let endedAt = job.endedAt {
      members["ended_at"] = .string(endedAt.rfc3339)
      members["status_code"] = .integer(job.statusCode)
      members["duration"] = job.inferenceTime.map { .number($0) } ?? .null
    }
    if filter.expandsPayloads {
      members["json_input"] = (try? JSON(parsing: entry.body)) ?? .null
      if job.ending != nil {
        let reply = try await resultReply(of: job, base)
        members["json_output"] = (try? JSON(parsing: reply.bytes)) ?? .null
      }
    }
    return .object(members)
  }
}

/// The query of a call to the listing.
struct ListingFilter: Sendable {
  /// An invalid parameter.
  struct Problem: Error {
    let message: String
  }

  enum Order: String {
    case endedAt = "ended_at"
    case duration
  }

  let endpoints: [String]
  let requestIds: Set<UUID>
  let start: Date
  let end: Date
  let status: String?
  let order: Order
  let limit: Int
  let cursor: String?
  let expandsPayloads: Bool
  let listingStart: ListingStart
  /// Anything after this time is not listed yet.
  let horizon: Date

  /// Parses the query; the default start is a day ago, or 90 days if ids are given.
  init(_ incoming: IncomingCall, from listingStart: ListingStart, lag: TimeInterval) throws {
    self.listingStart = listingStart
    endpoints = incoming.parameters("endpoint_id")
    guard (1...50).contains(endpoints.count) else {
      throw Problem(message: "endpoint_id: expected 1 to 50")
    }
    let names = incoming.parameters("request_id")
    requestIds = Set(names.compactMap { UUID(uuidString: $0) })
    let day: TimeInterval = 86_400
    let earliest = incoming.now.addingTimeInterval(names.isEmpty ? -day : -90 * day)
    start = try Self.date("start", incoming) ?? earliest
    end = try Self.date("end", incoming) ?? .distantFuture
    status = incoming.parameter("status")
    if let status, !["success", "error", "user_error"].contains(status) {
      throw Problem(message: "status: expected success, error or user_error")
    }
    guard let order = Order(rawValue: incoming.parameter("sort_by") ?? "ended_at") else {
      throw Problem(message: "sort_by: expected ended_at or duration")
    }
    self.order = order
    guard let limit = Int(incoming.parameter("limit") ?? "50"), (1...100).contains(limit) else {
      throw Problem(message: "limit: expected 1 to 100")
    }
    self.limit = limit
    cursor = incoming.parameter("cursor")
    expandsPayloads = incoming.parameters("expand").contains("payloads")
    horizon = incoming.now.addingTimeInterval(-lag)
  }

  private static func date(_ name: String, _ incoming: IncomingCall) throws -> Date? {
    guard let text = incoming.parameter(name) else { return nil }
    guard let date = Date(rfc3339: text) else {
      throw Problem(message: "\(name): expected a time in ISO 8601, not \(text)")
    }
    return date
  }

  /// The `sent_at` of `job`; nil if it is not listed yet.
  func sentAt(_ job: Job) -> Date? {
    switch listingStart {
    case .accepted: job.sentAt
    case .dispatched: job.startedAt
    }
  }

  /// Whether `job` matches and is visible by now; the range applies to `sent_at` and excludes its
  /// end.
  func takes(_ job: Job) -> Bool {
    guard let sentAt = sentAt(job), sentAt >= start, sentAt < end else { return false }
    if job.isLost || (job.endedAt ?? sentAt) > horizon { return false }
    if !endpoints.contains(job.endpoint) { return false }
    if !requestIds.isEmpty, !requestIds.contains(job.id) { return false }
    switch status {
    case "success": return job.ending != nil && job.statusCode < 400
    case "error": return job.ending != nil && job.statusCode >= 500
    case "user_error": return job.ending != nil && (400..<500).contains(job.statusCode)
    default: return true
    }
  }
}

/// A page of the listing.
///
/// A cursor names the last place examined, so that requests that end meanwhile do not shift the
/// pages: `u` and `e` count down through unfinished and ended requests, `d` counts up by duration.
struct ListingPage {
  private(set) var jobs: [Job] = []
  /// The cursor of the next page; nil on the last one.
  private(set) var next: String?

  init(of queue: RequestQueue, _ filter: ListingFilter, withUnfinished: Bool) {
    if filter.order == .duration {
      takeByDuration(queue, filter)
      return
    }
    let mark = filter.cursor ?? "u\(queue.jobs.count)"
    let place = Int(mark.dropFirst()) ?? 0
    if mark.hasPrefix("u") {
      if withUnfinished, !takeUnfinished(queue, filter, below: place) { return }
      _ = takeEnded(queue, filter, below: queue.ended.count)
    } else {
      _ = takeEnded(queue, filter, below: place)
    }
  }

  /// Returns whether all fit on the page.
  private mutating func takeUnfinished(
    _ queue: RequestQueue, _ filter: ListingFilter, below start: Int
  ) -> Bool {
    for place in (0..<min(max(0, start), queue.jobs.count)).reversed() {
      let job = queue.jobs[place]
      guard job.ending == nil, filter.takes(job) else { continue }
      if !add(job, filter, cursor: "u\(place + 1)") { return false }
    }
    return true
  }

  private mutating func takeEnded(
    _ queue: RequestQueue, _ filter: ListingFilter, below start: Int
  ) -> Bool {
    for place in (0..<min(max(0, start), queue.ended.count)).reversed() {
      let job = queue.jobs[queue.ended[place]]
      if let endedAt = job.endedAt, endedAt < filter.start { break }
      guard filter.takes(job) else { continue }
      if !add(job, filter, cursor: "e\(place + 1)") { return false }
    }
    return true
  }

  private mutating func takeByDuration(_ queue: RequestQueue, _ filter: ListingFilter) {
    let sorted = queue.ended.map { queue.jobs[$0] }.filter(filter.takes)
      .sorted { ($0.inferenceTime ?? 0) > ($1.inferenceTime ?? 0) }
    let start = Int((filter.cursor ?? "d0").dropFirst()) ?? 0
    for (place, job) in sorted.enumerated().dropFirst(start)
    where !add(job, filter, cursor: "d\(place)") { return }
  }

  /// Adds `job` and returns true, or sets the cursor of the next page and returns false if this one
  /// is full.
  private mutating func add(_ job: Job, _ filter: ListingFilter, cursor: String) -> Bool {
    guard jobs.count < filter.limit else {
      next = cursor
      return false
    }
    jobs.append(job)
    return true
  }
}
