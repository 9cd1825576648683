import CSMCore
import CSMFiles
import Foundation

/// The daemon's clock; with the transport, one of the two things that tests replace.
package protocol DaemonClock: Sendable {
  /// The current time.
  func now() -> Timestamp
  /// How far local time is ahead of UTC at a moment.
  func offset(at moment: Timestamp) -> Duration
  /// How often the system's clock has been set by more than a minute since the start.
  var settings: Int { get }
  /// Waits; throws if the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// The system's clock.
package struct SystemClock: DaemonClock {
  package init() {}

  package func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(time)
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
