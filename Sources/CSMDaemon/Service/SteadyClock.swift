import CSMCore
import Synchronization

/// The system's clock, but hardly ever backwards.
///
/// All that the daemon plans, it plans by moments: were the time to jump back, every poll would be late.
/// So after a step back of up to a minute this clock goes on at half speed until the system's has caught
/// up: questions come at worst twice as late for as long. A step forward is taken as it comes, as is a
/// longer one back: it is counted, for all plans to be made anew.
package final class SteadyClock: DaemonClock {
  private struct State {
    var moment: Timestamp
    var elapsed: ContinuousClock.Instant
    var settings = 0
  }

  /// What is no drift any more.
  private static let step: Duration = .seconds(60)

  private let system: @Sendable () -> Timestamp
  private let monotonic: @Sendable () -> ContinuousClock.Instant
  private let state: Mutex<State>

  package convenience init() {
    self.init(system: SystemClock().now, monotonic: { ContinuousClock.now })
  }

  /// - Parameters:
  ///   - system: what the system's clock says.
  ///   - monotonic: what goes on whatever is set.
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
      // What is lost in rounding is kept for the next time.
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
