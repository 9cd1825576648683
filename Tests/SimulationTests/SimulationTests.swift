import CSMCore
import Foundation
import Simulation
import Testing

/// The short form of the campaign; the long one is `swift run -c release simulate`.
@Suite("A simulated night")
struct SimulationTests {
  /// On a tmpfs, so that thousands of synced commits cost nothing; this process's own, since other runs of
  /// the tests play the same seeds.
  static let folder: String = {
    atexit { try? FileManager.default.removeItem(atPath: folderOfThisProcess()) }
    return folderOfThisProcess()
  }()

  @Test("loses nothing and pays nothing twice, whatever fails")
  func campaign() async {
    let campaign = Campaign(jobs: 60, folder: Self.folder)
    let (summary, _) = await campaign.run(1..<21, width: 2) { report in
      #expect(report.complaints == [], "again: \(report.command)")
    }
    print(summary)
    // A simulation that injects nothing proves nothing.
    for point in CrashPoint.allCases { #expect(summary.crashes[point] ?? 0 > 0, "\(point)") }
    for fault in Fault.allCases { #expect(summary.faults[fault] ?? 0 > 0, "\(fault)") }
    #expect(summary.powerCuts > 0)
    #expect(summary.tableFaults > 0)
    #expect(summary.stops > 0)
  }

  @Test("is the same night for the same seed, and another one for another")
  func repeats() async {
    let campaign = Campaign(jobs: 40, folder: "\(Self.folder)/repeats")
    let first = await campaign.report(of: 3)
    let again = await campaign.report(of: 3)
    let other = await campaign.report(of: 4)
    #expect(first.trace == again.trace)
    #expect(first.states == again.states)
    #expect(first.trace != other.trace)
  }

  /// Seeds that once broke a promise, each with what it found.
  @Test(
    "keeps the promises that it once broke",
    arguments: [
      // A job held without a result could not be written.
      (1, 200),
      // A held job whose result is durable was not fetched after a person's retry.
      (8, 200), (13, 200), (20, 200),
      // A request whose id fal denies and whose listing shows it was looked for without end.
      (2, 200),
      // A turn of a conversation that had just been released waited for the loop to come round.
      (3, 60), (471, 200),
      // A decision about a move that had missed was written with the next event only.
      (3424, 200),
      // Jobs waited for the budget of a batch that their lines had left.
      (3798, 200), (6478, 200),
      // A result that was a failure for good, with broken answers between, was looked at without end.
      (40036, 200),
    ] as [(UInt64, Int)])
  func regression(seed: UInt64, jobs: Int) async {
    let campaign = Campaign(jobs: jobs, folder: "\(Self.folder)/regressions")
    #expect(await campaign.report(of: seed).complaints == [])
  }
}

private func folderOfThisProcess() -> String { "/dev/shm/csm-simulations.\(getpid())" }
