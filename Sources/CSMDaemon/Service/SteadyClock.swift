import CSMCore
import Synchronization

/// The system's clock without small steps back.
///
/// The daemon schedules by absolute time, so a step back would delay every poll. After a step back
/// of up to a minute, this clock runs at half speed until the system's has caught up, so that polls
/// take at most twice as long meanwhile. Steps forward, and larger ones back, take effect at once;
/// those of more than a minute are counted in `settings`, so that all plans can be made again.
package final class SteadyClock: DaemonClock {
  private struct State {
    var moment: Timestamp
    var elapsed: ContinuousClock.Instant
    var settings = 0
  }

  /// The largest jump that is treated as drift.
  private static let step: Duration = .seconds(60)

  private let system: @Sendable () -> Timestamp
  private let monotonic: @Sendable () -> ContinuousClock.Instant
  private let state: Mutex<State>

  package convenience init() {
    self.init(system: SystemClock().now, monotonic: { ContinuousClock.now })
  }

  /// - Parameters:
  ///   - system: the system's clock.
  ///   - monotonic: a clock that setting the time does not affect.
  init(
    system: @escaping @Sendable () -> Timestamp,
    monotonic: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.system = system
    self.monotonic = monotonic
    state = Mutex(State(moment: system(), elapsed: monotonic()))
  }

  package func now() -> Timestamp {
    let (system, monotonic) = (system(), monotonic())
    return state.withLock { state in
      let passed = max(.zero, monotonic - state.elapsed)
      let jump = system.since(state.moment + passed)
      if jump > Self.step || jump < .zero - Self.step {
        state = State(moment: system, elapsed: monotonic, settings: state.settings + 1)
        return system
      }
      let moment = max(system, state.moment + passed / 2)
      // Keeps the state if rounding leaves no progress, so that no time is lost.
      guard moment > state.moment else { return state.moment }
      (state.moment, state.elapsed) = (moment, monotonic)
      return moment
    }
  }

  package var settings: Int { state.withLock { $0.settings } }

  package func offset(at moment: Timestamp) -> Duration { SystemClock().offset(at: moment) }

  package func sleep(for duration: Duration) async throws {
    try await SystemClock().sleep(for: duration)
  }
}
