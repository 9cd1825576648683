import CSMCore
import Glibc
import Synchronization

/// The sign of a loop that it still turns: it beats whenever it comes round.
package final class Pulse: Sendable {
  private let isBeating = Atomic(false)

  package func beat() { isBeating.store(true, ordering: .relaxed) }

  fileprivate var hasBeaten: Bool { isBeating.load(ordering: .relaxed) }
  fileprivate func listenAnew() { isBeating.store(false, ordering: .relaxed) }
}

/// Decides when systemd's watchdog is fed: not before every loop has come round since the last time.
///
/// The daemon's own loop asks; so it is one of them too, and whichever is stuck starves the watchdog.
package final class Watchdog {
  /// The threads that move the bytes of requests: of GETs, and of all others.
  package let reads = Pulse()
  package let writes = Pulse()
  /// The thread that waits for datagrams of those who commit something.
  package let listener = Pulse()

  private let limit: Duration?
  private var lastFed: Timestamp?

  /// Reads `WATCHDOG_USEC` and `WATCHDOG_PID` as sd_watchdog_enabled(3) defines them.
  package init(environment: [String: String]) {
    let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
    limit = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
  }

  /// How long a loop with nothing to do may sleep; nil where nobody watches.
  package var pace: Duration? { limit.map { $0 / 6 } }

  /// Whether to feed it now: a third of the limit has passed, and all loops turn.
  package func isToBeFed(at now: Timestamp) -> Bool {
    guard let limit else { return false }
    if let lastFed, now >= lastFed, now.since(lastFed) < limit / 3 { return false }
    let pulses = [reads, writes, listener]
    guard pulses.allSatisfy(\.hasBeaten) else { return false }
    for pulse in pulses { pulse.listenAnew() }
    lastFed = now
    return true
  }
}
