import CSMCore
import CSMDaemon
import Synchronization

/// Time that passes only when it is told to.
///
/// `moment` is the true time, which fal's clock shows; the daemon's clock (`now`) may be wrong, and may
/// jump.
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

  /// Lets time pass until `moment`; it never runs backwards.
  func advance(to moment: Timestamp) {
    hands.withLock { $0.moment = max($0.moment, moment) }
  }

  /// The daemon's clock is set, as by a person or by NTP.
  func set(skew: Duration) {
    hands.withLock { hands in
      if abs((skew - hands.skew).seconds) > 60 { hands.settings += 1 }
      hands.setBack += max(.zero, hands.skew - skew)
      hands.skew = skew
    }
  }

  package var settings: Int { hands.withLock { $0.settings } }

  /// How far the daemon's clock was set back, all in all: by so much more than it shows may have passed.
  var setBack: Duration { hands.withLock { $0.setBack } }

  /// The true time at which the daemon's clock will show `shown`, if it does not jump before.
  func moment(shown: Timestamp) -> Timestamp {
    hands.withLock { shown - $0.skew }
  }
}
