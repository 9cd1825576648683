import CSMCore
import Foundation

/// The daemon's view of time: one of the project's two seams (the other is the transport).
package protocol DaemonClock: Sendable {
  /// The moment by the system's clock.
  func now() -> Timestamp
  /// What local time is ahead of UTC at a moment.
  func offset(at moment: Timestamp) -> Duration
  /// How often the clock was set, by more than a minute, since it was made.
  var settings: Int { get }
  /// Waits.
  ///
  /// - Throws: when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// The system's own clock.
package struct SystemClock: DaemonClock {
  package init() {}

  package func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package func offset(at moment: Timestamp) -> Duration {
    let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
    return .seconds(TimeZone.current.secondsFromGMT(for: date))
  }

  package var settings: Int { 0 }

  package func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration)
  }
}
