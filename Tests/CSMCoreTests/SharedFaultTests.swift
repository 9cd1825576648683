import Testing

@testable import CSMCore

/// A server's fault that all lines meet, and that passes: no line must be given up for it.
@Suite("A fault that all results share")
struct SharedFaultTests {
  /// What all calls of a kind come to until the fault is over.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let outcome: Dispatcher.StepOutcome
    let lasts: Duration
    /// How long it may take until it is believed of one line while others are well.
    let seconds: Double

    var testDescription: String { name }
    var call: Call { if case .fetch = outcome { .fetch } else { .collect } }
  }

  static let rows: [Row] = [
    .init(name: "no file", outcome: .fetch(.damaged(.sample)), lasts: .seconds(900), seconds: 300),
    .init(
      name: "one page for all", outcome: .fetch(.damaged(.sample, .sample(1))),
      lasts: .seconds(900), seconds: 300),
    .init(
      name: "no result", outcome: .collect(.missing(.sample)), lasts: .seconds(1200), seconds: 1000),
    .init(
      name: "no audio", outcome: .collect(.unreadable(.sample)), lasts: .seconds(480), seconds: 400),
    .init(
      name: "another's failure", outcome: .collect(.failed(.lasting)), lasts: .seconds(2),
      seconds: 10),
  ]

  @Test("gives up no line, and the night goes on when it has passed", arguments: rows)
  func passes(_ row: Row) {
    var night = Night(jobs: 100)
    night.play(until: .evening + .seconds(3 * 3600)) { step, _, now in
      step.call == row.call && now < .evening + row.lasts ? row.outcome : nil
    }
    #expect(night.count(.stored) == 100)
    #expect(night.gates.isEmpty)
    #expect(night.now.since(.evening) < row.lasts + .seconds(300))
    #expect(night.moves.count { $0.cause == .claimed } == 100)
  }

  @Test("is told from that of one line, which ends soon while others are well", arguments: rows)
  func ofOne(_ row: Row) {
    var night = Night(jobs: 600)
    var (since, last): (Timestamp?, Timestamp?)
    night.play(until: .evening + .seconds(2 * 3600), pollDelay: .seconds(30)) { step, job, now in
      guard job.id == 1, step.call == row.call else { return nil }
      since = since ?? now
      last = now
      return row.outcome
    }
    #expect(night.count(.stored) == 599)
    let time = last.flatMap { last in since.map { last.since($0).seconds } } ?? 0
    #expect(time > 0 && time < row.seconds, "\(time) s")
  }

  @Test("is told from that of the last line, which ends within minutes, too", arguments: rows)
  func ofLast(_ row: Row) {
    var night = Night(jobs: 1)
    night.play(until: .evening + .seconds(2 * 3600)) { step, _, _ in
      step.call == row.call ? row.outcome : nil
    }
    #expect(night.isOver)
    #expect(night.now.since(.evening) < .seconds(1000))
  }

  @Test("is not what a model says of inputs: a batch of such keeps no later one waiting")
  func rejectedBatch() {
    var night = Night(jobs: 400)
    night.play(until: .evening + .seconds(3600)) { step, job, _ in
      step.call == .collect && job.id <= 300 ? .collect(.failed(.lasting)) : nil
    }
    #expect(night.count(.failed) == 300 && night.count(.stored) == 100)
    #expect(night.now.since(.evening) < .seconds(120))
  }

  static let wishes: [(Call, Dispatcher.StepOutcome)] = [
    (.poll, .poll(.later(.sample, retryAfter: .seconds(3600)))),
    (.collect, .collect(.later(.sample, retryAfter: .seconds(3600)))),
    (.fetch, .fetch(.later(.sample, retryAfter: .seconds(3600)))),
  ]

  @Test(
    "a server that asks to wait for an hour does not keep paid lines back",
    arguments: wishes.indices)
  func retryAfter(_ index: Int) {
    let (call, wish) = Self.wishes[index]
    var night = Night(jobs: 64)
    var asked: Set<Job.ID> = []
    night.play(until: .evening + .seconds(7200)) { step, job, _ in
      step.call == call && asked.insert(job.id).inserted ? wish : nil
    }
    #expect(night.count(.stored) == 64)
    #expect(night.now.since(.evening) < .seconds(300), "\(call)")
  }

  @Test("a model's failure that is seen for some seconds only is not paid for again")
  func passingFailure() {
    for (failure, seconds) in [(FalFailure.byModel, 15.0), (.lasting, 2)] {
      var night = Night(jobs: 1)
      var since: Timestamp?
      night.play(until: .evening + .seconds(600)) { step, _, now in
        guard step.call == .collect else { return nil }
        since = since ?? now
        return now.since(since ?? now) < .seconds(seconds) ? .collect(.failed(failure)) : nil
      }
      #expect(night.state(1) == .stored)
      #expect(night.table[1]?.submits == 1)
    }
  }

  @Test("a model's failure that stays is believed within seconds, or at once if the status tells")
  func lastingFailure() {
    for isNamed in [false, true] {
      var night = Night(jobs: 1)
      night.play(until: .evening + .seconds(600)) { step, _, _ in
        switch step {
        case .poll: .poll(.completed(seconds: 1, failed: isNamed))
        case .collect: .collect(.failed(.lasting))
        default: nil
        }
      }
      #expect(night.state(1) == .failed)
      let seconds = night.now.since(.evening).seconds
      #expect(isNamed ? seconds < 5 : seconds > 3 && seconds < 15, "\(seconds) s")
    }
  }
}

extension FalFailure {
  /// What the model itself calls a failure that every other try would meet, too.
  fileprivate static let lasting = FalFailure(.sample, isTransient: false, isByModel: true)
}
