/// The hours of the day in which submits may start, such as `22:00-06:00`, in local time.
package struct Hours: Sendable, Equatable {
  /// Minutes after midnight at which they begin and end; equal means always.
  let begin: Int
  let end: Int

  /// Reads `hh:mm-hh:mm`.
  package init?(_ text: some StringProtocol) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let begin = Self.minutes(ends[0]), let end = Self.minutes(ends[1])
    else { return nil }
    self.begin = begin
    self.end = end
  }

  private static func minutes(_ text: some StringProtocol) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
      let hour = Int(digits: parts[0]), hour < 24,
      let minute = Int(digits: parts[1]), minute < 60
    else { return nil }
    return hour * 60 + minute
  }

  /// When they begin next; nil while they last.
  ///
  /// - Parameter offset: what local time is ahead of UTC.
  func nextBegin(at now: Timestamp, offset: Duration) -> Timestamp? {
    let local = now + offset
    let minute = Int(local.since(local.startOfDay).milliseconds / 60_000)
    let inside =
      begin == end
      || (begin < end ? (begin..<end).contains(minute) : minute >= begin || minute < end)
    guard !inside else { return nil }
    let wait = (begin - minute + 1440) % 1440
    let startOfMinute = now - .milliseconds(local.since(local.startOfDay).milliseconds % 60_000)
    return startOfMinute + .seconds(60 * wait)
  }
}
