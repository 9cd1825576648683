import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation
import Synchronization
import Testing

@testable import CSMWeb

/// What watchers of the night are told.
@Suite("Pulse")
struct PulseTests {
  private struct Trouble: Error, CustomStringConvertible {
    var description: String { "the table is newer than this program" }
  }

  /// A clock, and whether reports can be made.
  private final class Night: Sendable {
    let moment = Mutex(House.start)
    let isBroken = Mutex(false)
  }

  private func pulse(_ night: Night, _ house: House) -> Pulse {
    Pulse(
      workers: WorkerThreads(threads: 1), reader: Reader(house.workplace),
      now: { night.moment.withLock { $0 } },
      make: { _ in
        if night.isBroken.withLock({ $0 }) { throw Trouble() }
        return "a report"
      })
  }

  @Test(
    "when reports can no longer be made, those who watch are told why", .timeLimit(.minutes(10)))
  func complaint() async throws {
    let (night, house) = (Night(), try House())
    let pulse = pulse(night, house)
    let (_, reports) = await pulse.watch()
    var events = reports.makeAsyncIterator()
    func beat() async -> String? {
      night.moment.withLock { $0 = $0 + .seconds(11) }
      await pulse.beat()
      return await events.next()
    }
    #expect(await beat() == "a report")
    night.isBroken.withLock { $0 = true }
    #expect(await beat() == #"{"errors":["the table is newer than this program"]}"#)

    // Who comes now is told so, too, and does not get the old report.
    let (_, late) = await pulse.watch()
    var lateEvents = late.makeAsyncIterator()
    #expect(await lateEvents.next()?.contains("errors") == true)

    night.isBroken.withLock { $0 = false }
    #expect(await beat() == "a report")
    await pulse.endAll()
  }
}
