import CSMCore
import CSMDaemon
import Synchronization

/// A clock whose time passes only when the simulator advances it.
///
/// `moment` is the true time. The daemon's clock (`now`) may be wrong, and may jump.
package final class VirtualClock: DaemonClock {
  private struct Hands {
    var moment: Timestamp
    var skew: Duration = .zero
    var settings = 0
    var setBack: Duration = .zero
  }

  private let hands: Mutex<Hands>

  package init(at moment: Timestamp) {
    hands = Mutex(Hands(moment: moment))
  }

  /// The true time.
  package var moment: Timestamp { hands.withLock { $0.moment } }

  package func now() -> Timestamp { hands.withLock { $0.moment + $0.skew } }

  package func offset(at moment: Timestamp) -> Duration { .seconds(7200) }

  package func sleep(for duration: Duration) async throws {
    hands.withLock { $0.moment = $0.moment + duration }
  }

  /// Advances the true time to `moment`; does nothing if that is in the past.
  func advance(to moment: Timestamp) {
    hands.withLock { $0.moment = max($0.moment, moment) }
  }

  /// Sets the daemon's clock, as a person or NTP does.
  func set(skew: Duration) {
    hands.withLock { hands in
      if abs((skew - hands.skew).seconds) > 60 { hands.settings += 1 }
      hands.setBack += max(.zero, hands.skew - skew)
      hands.skew = skew
    }
  }

  package var settings: Int { hands.withLock { $0.settings } }

  /// The sum by which the daemon's clock was set back.
  ///
  /// Up to this much more time may have passed than the clock shows.
  var setBack: Duration { hands.withLock { $0.setBack } }

  /// The true time at which the daemon's clock will show `shown`, if it does not jump before.
  func moment(shown: Timestamp) -> Timestamp {
    hands.withLock { shown - $0.skew }
  }
}
