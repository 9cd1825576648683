import CSMCore
import CSMReports
import Testing

import enum CSMWorkplace.ExitStatus

@testable import CSMSQLite

@Suite("How the work ended")
struct StatusEndTests {
  /// A standing, and the exit code that `wait` ends with; nil if it goes on waiting.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let end: ExitStatus?
    let standing: JobTable.Standing

    init(
      _ name: String, _ end: ExitStatus?, _ change: (inout JobTable.Standing) -> Void = { _ in }
    ) {
      testDescription = name
      self.end = end
      var standing = JobTable.Standing()
      change(&standing)
      self.standing = standing
    }
  }

  private static func gate(_ name: Gate.Name) -> Gate {
    Gate(name: name, reason: "closed", since: Timestamp(milliseconds: 0), probeAt: nil)
  }

  static let cases: [Case] = [
    Case("no lines", .success),
    Case("stored and cancelled", .success) { $0.lines = [.stored: 5, .cancelled: 1] },
    Case("one failed", .incomplete) { $0.lines = [.stored: 5, .failed: 1] },
    Case("one is held, others failed", .undecided) { $0.lines = [.failed: 2, .held: 1] },
    Case("turns wait for a held line elsewhere", .undecided) { $0.waiting.forTurns = 1 },
    Case("one waits for the budget, another is held", .gated) {
      $0.lines = [.held: 1]
      $0.waiting.forBudget = 1
    },
    Case("one is at fal", nil) { $0.out = 1 },
    Case("one is at fal, csm is paused", nil) {
      $0.out = 1
      $0.waiting.due = 1
      $0.gates = [gate(.paused)]
    },
    Case("one may be sent", nil) { $0.waiting.due = 1 },
    Case("one may be sent, fal is out of reach", nil) {
      $0.waiting.due = 1
      $0.gates = [gate(.outage)]
    },
    Case("one may be sent, csm is paused", .gated) {
      $0.waiting.due = 1
      $0.gates = [gate(.outage), gate(.paused)]
    },
    Case("nothing is left, csm is paused", .success) { $0.gates = [gate(.paused)] },
  ]

  @Test("follows from what is out, what waits, and what has ended", arguments: cases)
  func end(_ sample: Case) {
    #expect(sample.standing.end == sample.end)
  }
}
