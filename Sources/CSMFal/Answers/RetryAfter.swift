import CSMCore

/// Parses `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is taken relative to the
/// answer's own `Date` so that a wrong clock does no harm.
enum RetryAfter {
  static func parse(_ value: String, date: String?) -> Duration? {
    if let seconds = UInt32(value) { return .seconds(Int64(seconds)) }
    guard let until = HTTPDate.parse(value), let from = date.flatMap(HTTPDate.parse), until > from
    else { return nil }
    return min(until.since(from), .seconds(1_000_000))
  }
}
