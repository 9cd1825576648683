import CSMCore
import Glibc
import Synchronization

/// A loop's sign of life, given in each of its rounds.
package final class Pulse: Sendable {
  private let isBeating = Atomic(false)

  package func beat() { isBeating.store(true, ordering: .relaxed) }

  fileprivate var hasBeaten: Bool { isBeating.load(ordering: .relaxed) }
  fileprivate func reset() { isBeating.store(false, ordering: .relaxed) }
}

/// Decides when to feed systemd's watchdog: only when every loop has turned since the last time.
///
/// The daemon's own loop asks and so is covered, too: whichever loop is stuck starves the watchdog.
package final class Watchdog {
  /// The transport's threads, for GETs and for all other requests.
  package let reads = Pulse()
  package let writes = Pulse()
  /// The thread that receives the wake-up datagrams of other programs.
  package let listener = Pulse()

  private let limit: Duration?
  private var lastFed: Timestamp?

  /// Reads `WATCHDOG_USEC` and `WATCHDOG_PID` as defined by sd_watchdog_enabled(3).
  package init(environment: [String: String]) {
    let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
    limit = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
  }

  /// The longest sleep of an idle loop; nil without a watchdog.
  package var pace: Duration? { limit.map { $0 / 6 } }

  /// Whether to feed it now: a third of the limit has passed, and all loops are turning.
  package func isToBeFed(at now: Timestamp) -> Bool {
    guard let limit else { return false }
    if let lastFed, now >= lastFed, now.since(lastFed) < limit / 3 { return false }
    let pulses = [reads, writes, listener]
    guard pulses.allSatisfy(\.hasBeaten) else { return false }
    for pulse in pulses { pulse.reset() }
    lastFed = now
    return true
  }
}
