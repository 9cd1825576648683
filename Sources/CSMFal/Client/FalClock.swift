import CSMCore
import Synchronization

/// How far fal's clock is ahead of ours, by the `Date` of its answers.
///
/// All of fal's moments are read by it, so that a clock that is off does not hide a lost submit.
package final class FalClock: Sendable {
  let now: @Sendable () -> Timestamp
  private let state = Mutex<Duration?>(nil)

  package init(now: @escaping @Sendable () -> Timestamp) {
    self.now = now
  }

  /// As of the last answer that told the time; nil before.
  package var offset: Duration? { state.withLock(\.self) }

  /// An answer bears this date, which is exact to the second.
  func note(_ date: Timestamp) {
    let gap = date.since(now())
    // What is within the date's own precision, and a slow answer's time, is no difference.
    let offset = abs(gap.milliseconds) < 2000 ? .zero : gap
    state.withLock { $0 = offset }
  }

  /// Our clock's moment for one of fal's.
  func ours(_ moment: Timestamp) -> Timestamp { moment - (offset ?? .zero) }

  /// fal's moment for one of our clock's.
  func theirs(_ moment: Timestamp) -> Timestamp { moment + (offset ?? .zero) }

  /// fal's clock as it is now.
  var theirNow: Timestamp { theirs(now()) }
}
