/// The hours of the day in which jobs may be submitted, such as `22:00-06:00`, in local time.
package struct Hours: Sendable, Equatable {
  /// Minutes after midnight; equal ones mean always.
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

  /// When they next begin; nil during these hours.
  ///
  /// Hours follow the wall clock across changes of daylight saving time. Hours that begin in the
  /// skipped hour begin after it, and are dropped if they also end in it; a repeated hour counts
  /// twice.
  ///
  /// - Parameter offset: how far local time is ahead of UTC at a moment; changes at most once a
  ///   day.
  func nextBegin(at now: Timestamp, offset: (Timestamp) -> Duration) -> Timestamp? {
    guard !contain(now + offset(now)) else { return nil }
    var start = now
    while true {
      let begin = nextBegin(after: start, offset: offset(start))
      guard let change = Self.change(from: start, to: begin, offset: offset) else { return begin }
      if contain(change + offset(change)) { return change }
      start = change
    }
  }

  private func contain(_ local: Timestamp) -> Bool {
    let minute = Int(local.since(local.startOfDay).milliseconds / 60_000)
    return begin == end
      || (begin < end ? (begin..<end).contains(minute) : minute >= begin || minute < end)
  }

  /// When they next begin if the offset does not change.
  private func nextBegin(after now: Timestamp, offset: Duration) -> Timestamp {
    let local = now + offset
    let sinceMidnight = local.since(local.startOfDay).milliseconds
    let wait = Int64(begin) * 60_000 - sinceMidnight
    return now + .milliseconds(wait > 0 ? wait : wait + 86_400_000)
  }

  /// When the offset changes in `(from, to]`; nil if it does not.
  private static func change(
    from: Timestamp, to: Timestamp, offset: (Timestamp) -> Duration
  ) -> Timestamp? {
    let old = offset(from)
    guard offset(to) != old else { return nil }
    var (before, after) = (from.milliseconds, to.milliseconds)
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if offset(Timestamp(milliseconds: middle)) == old { before = middle } else { after = middle }
    }
    return Timestamp(milliseconds: after)
  }
}
