import CSMCore
import Synchronization

/// Tracks the offset of fal's clock, using the `Date` of its answers.
///
/// fal's times are converted with it, so that a wrong clock does not hide a lost submit.
package final class FalClock: Sendable {
  let now: @Sendable () -> Timestamp
  private let state = Mutex<Duration?>(nil)

  package init(now: @escaping @Sendable () -> Timestamp) {
    self.now = now
  }

  /// How far fal's clock is ahead of ours, as of the last answer with a date; nil before the first.
  package var offset: Duration? { state.withLock(\.self) }

  /// Records the date of an answer, which is precise to the second.
  func note(_ date: Timestamp) {
    let gap = date.since(now())
    // Ignores what may come from the date's precision and a slow answer.
    let offset = abs(gap.milliseconds) < 2000 ? .zero : gap
    state.withLock { $0 = offset }
  }

  /// Converts a time of fal's clock to ours.
  func ours(_ moment: Timestamp) -> Timestamp { moment - (offset ?? .zero) }

  /// Converts a time of our clock to fal's.
  func theirs(_ moment: Timestamp) -> Timestamp { moment + (offset ?? .zero) }

  /// The current time by fal's clock.
  var theirNow: Timestamp { theirs(now()) }
}
