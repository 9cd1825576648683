import Synchronization
import Testing

@testable import CSMCore
@testable import CSMDaemon

@Suite("The daemon's clock")
struct SteadyClockTests {
  /// Two clocks under the test's control.
  private final class Hands: Sendable {
    private let state = Mutex(
      (system: Int64(1_000_000), start: ContinuousClock.now, passed: Int64(0)))

    var system: Timestamp { state.withLock { Timestamp(milliseconds: $0.system) } }
    var monotonic: ContinuousClock.Instant {
      state.withLock { $0.start + .milliseconds($0.passed) }
    }

    /// Lets time pass.
    func pass(_ milliseconds: Int64) {
      state.withLock {
        $0.system += milliseconds
        $0.passed += milliseconds
      }
    }

    /// Sets the system's clock.
    func step(_ milliseconds: Int64) { state.withLock { $0.system += milliseconds } }
  }

  private let hands = Hands()
  private let clock: SteadyClock

  init() {
    let hands = hands
    clock = SteadyClock(system: { hands.system }, monotonic: { hands.monotonic })
  }

  @Test("follows the system's clock, also after a step forward")
  func forward() {
    for _ in 0..<100 {
      hands.pass(17)
      #expect(clock.now() == hands.system)
    }
    hands.step(3_600_000)
    #expect(clock.now() == hands.system)
    #expect(clock.settings == 1)
    // The machine slept.
    hands.pass(86_400_000)
    #expect(clock.now() == hands.system)
    #expect(clock.settings == 1)
  }

  @Test("follows a step back by more than a minute, and counts it")
  func farBack() {
    hands.step(-259_200_000)
    #expect(clock.now() == hands.system)
    hands.pass(1000)
    #expect(clock.now() == hands.system)
    #expect(clock.settings == 1)
  }

  @Test("runs at half speed after a small step back until the system's clock has caught up")
  func back() {
    let before = clock.now()
    hands.step(-60_000)
    #expect(clock.now() == before)
    for second in 1...60 {
      for _ in 0..<4 {
        hands.pass(250)
        _ = clock.now()
      }
      #expect(clock.now() == before + .milliseconds(500 * second))
    }
    hands.pass(60_000)
    #expect(clock.now() == hands.system)
    hands.pass(1000)
    #expect(clock.now() == hands.system)
  }

  @Test("advances even if it is read very often")
  func often() {
    let before = clock.now()
    hands.step(-50_000)
    for _ in 0..<1000 {
      hands.pass(1)
      _ = clock.now()
    }
    #expect(clock.now() == before + .milliseconds(500))
  }
}
