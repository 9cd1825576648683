/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Only the programs and the daemon's loop read a clock; all other code is given a `Timestamp`.
package struct Timestamp: Sendable, Hashable, Comparable {
  /// Negative before the epoch.
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The time `duration` later, saturating.
  package static func + (moment: Self, duration: Duration) -> Self {
    let (sum, overflow) = moment.milliseconds.addingReportingOverflow(duration.milliseconds)
    return Self(milliseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// The time `duration` earlier, saturating.
  package static func - (moment: Self, duration: Duration) -> Self {
    moment + (.zero - duration)
  }

  /// The duration from `earlier` to this time, saturating; negative if `earlier` is later.
  package func since(_ earlier: Self) -> Duration {
    let (gap, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
    return .milliseconds(overflow ? (milliseconds < earlier.milliseconds ? .min : .max) : gap)
  }

  static let millisecondsPerDay: Int64 = 86_400_000

  /// The start of the UTC day.
  package var startOfDay: Self {
    let remainder = milliseconds % Self.millisecondsPerDay
    let (start, overflow) = milliseconds.subtractingReportingOverflow(
      remainder < 0 ? remainder + Self.millisecondsPerDay : remainder)
    return Self(milliseconds: overflow ? .min : start)
  }
}

extension Duration {
  /// The duration in whole milliseconds, rounded towards zero and saturating.
  package var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflowed ? (scaled < 0 ? .min : .max) : sum
  }

  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
