import Testing

@testable import CSMCore

/// What one kind of fault, met by some calls of a night, costs all lines: in time, and in lines that are left
/// to a person.
@Suite("What a fault costs the rest of the night")
struct FaultCostTests {
  /// A fault that a share of the calls of one kind meets.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let call: Call
    let outcome: Dispatcher.StepOutcome
    var share = 0.05
    /// A submit was accepted, and the listing shows it.
    var isAccepted = false
    /// Seconds that the night may last longer than a clean one.
    let seconds: Double
    /// Lines in a hundred that may not be stored in the end.
    var left = 0.0

    var testDescription: String { "\(name) at \(call), \(Int(share * 100)) %" }
  }

  static let rows: [Row] = [
    .init(name: "not sent", call: .submit, outcome: .submit(.notSent(.sample)), seconds: 30),
    .init(
      name: "no answer, accepted", call: .submit, outcome: .submit(.unclear(.sample)),
      isAccepted: true, seconds: 60),
    .init(
      name: "no answer, never accepted", call: .submit, outcome: .submit(.unclear(.sample)),
      seconds: 2400, left: 8),
    .init(
      name: "429", call: .submit, outcome: .submit(.later(.sample, retryAfter: nil)), seconds: 60),
    .init(
      name: "a lock that comes and goes", call: .submit,
      outcome: .submit(.gated(.balance, .sample)), share: 0.3, seconds: 60),
    .init(
      name: "a key that is refused now and then", call: .submit,
      outcome: .submit(.gated(.auth, .sample)), seconds: 60),
    .init(
      name: "a refusal that passes", call: .submit, outcome: .submit(.denied(.sample)),
      seconds: 60),
    .init(
      name: "a refusal that comes and goes", call: .submit, outcome: .submit(.denied(.sample)),
      share: 0.25, seconds: 60),
    .init(
      name: "an input that is refused", call: .submit, outcome: .submit(.rejected(.sample)),
      seconds: 10, left: 9),
    .init(
      name: "no answer", call: .poll, outcome: .poll(.later(.sample, retryAfter: nil)),
      seconds: 20),
    .init(name: "locked", call: .poll, outcome: .poll(.gated(.balance, .sample)), seconds: 30),
    .init(name: "401", call: .poll, outcome: .poll(.gated(.auth, .sample)), seconds: 30),
    .init(name: "404", call: .poll, outcome: .poll(.missing(.sample)), seconds: 60),
    .init(
      name: "no answer", call: .collect, outcome: .collect(.later(.sample, retryAfter: nil)),
      seconds: 30),
    .init(
      name: "a passing failure", call: .collect, outcome: .collect(.failed(.doubtful)), seconds: 60),
    .init(name: "499", call: .collect, outcome: .collect(.cancelled(.sample)), seconds: 60),
    .init(name: "404", call: .collect, outcome: .collect(.missing(.sample)), seconds: 60),
    .init(name: "401", call: .collect, outcome: .collect(.gated(.auth, .sample)), seconds: 30),
    .init(name: "no audio", call: .collect, outcome: .collect(.unreadable(.sample)), seconds: 60),
    .init(
      name: "no answer", call: .fetch, outcome: .fetch(.later(.sample, retryAfter: nil)),
      seconds: 20),
    .init(name: "a wrong file", call: .fetch, outcome: .fetch(.damaged(.sample)), seconds: 20),
  ]

  private static let jobs = 300

  @Test("is bounded", arguments: rows)
  func cost(_ row: Row) {
    let clean = play(nil)
    #expect(clean.stored == Self.jobs)
    let faulty = play(row)
    let seconds = faulty.seconds - clean.seconds
    let left = Double(Self.jobs - faulty.stored) * 100 / Double(Self.jobs)
    #expect(seconds <= row.seconds, "\(seconds) s longer than \(clean.seconds) s")
    #expect(left <= row.left, "\(left) % not stored")
    #expect(faulty.longestGate <= 5, "a gate was closed for \(faulty.longestGate) s")
    #expect(faulty.submits <= Self.jobs + faulty.refused, "something was sent twice")
  }

  private struct Figures {
    var seconds = 0.0
    var stored = 0
    /// Submits, and those of them that fal did not take.
    var submits = 0
    var refused = 0
    var longestGate = 0.0
  }

  /// Plays a night before 40 runners of half a second in which `row` meets its share of the calls.
  private func play(_ row: Row?) -> Figures {
    var generator = SeededGenerator(seed: 3)
    var night = Night(jobs: Self.jobs, seed: 3)
    var figures = Figures()
    var listed: [ListedRequest] = []
    var closedAt: Timestamp?
    night.play(until: .evening + .seconds(86_400)) { action, now in
      let delay: Duration = .milliseconds(100)
      guard case .step(let step, let job) = action else {
        if case .list = action { return (delay, .listed(listed)) }
        closedAt = closedAt ?? now
        return (delay, .probed(.fine))
      }
      if let since = closedAt {
        figures.longestGate = max(figures.longestGate, now.since(since).seconds)
        closedAt = nil
      }
      if step.call == .submit { figures.submits += 1 }
      let isHit = row.map { $0.call == step.call && generator.share() < $0.share } ?? false
      if isHit, let row {
        if step.call == .submit { figures.refused += 1 }
        if row.isAccepted {
          listed.append(
            ListedRequest(
              requestID: "lost-\(job.id)", sentAt: now, request: job.request, succeeded: true))
        }
        return (delay, .done(job.id, generation: job.generation, row.outcome))
      }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit: .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 0.5))
        case .collect: .collect(.audio(result: "{}", units: nil))
        case .cancel: .cancel(.tooLate)
        case .fetch: .fetch(.stored(.sample))
        }
      return (delay, .done(job.id, generation: job.generation, outcome))
    }
    figures.stored = night.count(.stored)
    let end = night.moves.last.map { _ in night.now } ?? night.now
    figures.seconds = end.since(.evening).seconds
    return figures
  }
}
