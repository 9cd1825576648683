import CSMCore
import Synchronization

/// The system's clock, but never backwards.
///
/// All that the daemon plans, it plans by moments: were the time to jump back by an hour, every poll
/// would be an hour late. So after such a step this clock goes on at half speed until the system's has
/// caught up: questions come at worst twice as late for as long. A step forward is taken as it comes.
package final class SteadyClock: DaemonClock {
  private struct State {
    var moment: Timestamp
    var elapsed: ContinuousClock.Instant
  }

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
      let moment = max(system, state.moment + passed / 2)
      // What is lost in rounding is kept for the next time.
      guard moment > state.moment else { return state.moment }
      state = State(moment: moment, elapsed: monotonic)
      return moment
    }
  }

  package func offset(at moment: Timestamp) -> Duration { SystemClock().offset(at: moment) }

  package func sleep(for duration: Duration) async throws {
    try await SystemClock().sleep(for: duration)
  }
}
