import Testing

@testable import CSMCore

/// Nights full of accidents.
///
/// A failure names its seed; put it among `seeds` to see it again.
@Suite("A night of accidents")
struct RandomNightTests {
  static let seeds: [UInt64] = [
    1, 12_310_674_455_961_350_557, .random(in: 0...UInt64.max),
  ]

  /// A fal that does what it likes, and in the end comes to its senses.
  private final class Moody {
    var generator: SeededGenerator
    var requests = 0
    /// Submit actions seen, by job and generation.
    var posts: [String: Int] = [:]
    /// What was accepted without our hearing of it.
    var hidden: [ListedRequest] = []

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private func pick<Value>(_ values: [Value]) -> Value {
      values[Int(generator.share() * Double(values.count))]
    }

    private func ticket(_ job: Job, _ now: Timestamp) -> Ticket {
      requests += 1
      return Ticket(requestID: "r-\(requests)", acceptedAt: now)
    }

    func answer(
      _ action: Dispatcher.Action, _ now: Timestamp
    ) -> (after: Duration, event: Dispatcher.Event) {
      let delay: Duration = .milliseconds(Int(generator.share() * 5000))
      switch action {
      case .list:
        let outcome: ListingOutcome =
          generator.share() < 0.3
          ? .unavailable(.sample) : .listed(hidden.filter { _ in generator.share() < 0.5 })
        return (delay, .listed(outcome))
      case .probe:
        return (delay, .probed(pick([.fine, .fine, .unreachable(.sample), .locked(.sample)])))
      case .adopt: return (delay, .adopted(.found([])))
      case .readAccount:
        let balance: Money? = pick([nil, Money(microDollars: -5), Money(microDollars: 1 << 40)])
        return (delay, .account(Account(balance: balance, readAt: now)))
      case .checkDisk: return (delay, .freeBytes(pick([0, 1 << 40])))
      case .step(let step, let job):
        return (delay, .done(job.id, generation: job.generation, outcome(step, job, now)))
      }
    }

    private func outcome(_ step: Dispatcher.Step, _ job: Job, _ now: Timestamp)
      -> Dispatcher.StepOutcome
    {
      let wait: Duration? = pick([nil, .seconds(-1), .seconds(3), .seconds(1 << 50)])
      switch step {
      case .submit:
        posts["\(job.id).\(job.generation)", default: 0] += 1
        let outcome: SubmitOutcome = pick([
          .accepted(ticket(job, now)), .accepted(ticket(job, now)), .accepted(ticket(job, now)),
          .notSent(.sample), .later(.sample, retryAfter: generator.share() < 0.9 ? nil : wait),
          .gated(pick([.auth, .balance]), .sample), .rejected(.sample), .denied(.sample),
          .unclear(.sample),
        ])
        if outcome == .unclear(.sample), generator.share() < 0.5 {
          let id = ticket(job, now).requestID
          hidden.append(
            ListedRequest(requestID: id, sentAt: now, request: job.request, succeeded: false))
        }
        return .submit(outcome)
      case .poll:
        return .poll(
          pick([
            .inQueue, .inProgress, .completed(seconds: 1, failed: true),
            .completed(seconds: generator.share() * 10 - 1),
            .completed(seconds: .infinity), .missing(.sample), .later(.sample, retryAfter: wait),
            .gated(.auth, .sample),
          ]))
      case .collect:
        return .collect(
          pick([
            .long, .audio(result: "{}", units: nil), .audio(result: "{}", units: -.infinity),
            .notYet,
            .failed(.byModel), .failed(.doubtful),
            .failed(FalFailure(.sample, isTransient: false, units: 1e300, isByModel: true)),
            .cancelled(.sample),
            .unreadable(.sample), .missing(.sample), .later(.sample, retryAfter: wait),
            .gated(.balance, .sample),
          ]))
      case .fetch:
        return .fetch(
          pick([
            .stored(.sample), .stored(.sample), .later(.sample, retryAfter: wait),
            .damaged(.sample), .refused(.sample), .diskFull(.sample),
          ]))
      case .cancel: return .cancel(pick([.acknowledged, .tooLate, .later(.sample)]))
      }
    }
  }

  @Test(
    "goes along arrows only, posts each generation once, and ends every job", arguments: seeds)
  func ends(_ seed: UInt64) {
    var rules = Rules.usual
    rules.resubmitsUnknown = seed % 2 == 0
    var night = Night(jobs: 100, rules: rules, seed: seed)
    let fal = Moody(seed: seed)
    let end = Timestamp.evening + .seconds(365 * 86_400)
    var rounds = night.play(until: end) { fal.answer($0, $1) }
    // By chance some results in a row are of no use: then a person says that it is to go on.
    while night.gates[.audio] != nil, rounds < 100_000 {
      night.resume()
      rounds += night.play(until: end) { fal.answer($0, $1) }
    }
    #expect(
      night.isOver,
      "\(Dictionary(grouping: night.table.values, by: \.state.name).mapValues(\.count))")
    #expect(night.dispatcher.isIdle)
    #expect(fal.posts.values.allSatisfy { $0 == 1 })
    #expect(rounds < 100_000, "rounds for nothing")
    #expect(night.count(.stored) > 7)
    for job in night.table.values {
      let claims = night.moves.count { $0.before.id == job.id && $0.cause == .claimed }
      #expect(job.generation == claims)
      #expect(job.attempts <= rules.attemptsMax)
      #expect((0...claims).contains(job.submits))
    }
    let ids = night.moves.compactMap { $0.after.state.name == .inQueue ? $0 : nil }
    let owners = Dictionary(grouping: ids) { $0.after.state.ticket!.requestID }
    #expect(owners.values.allSatisfy { Set($0.map(\.after.id)).count == 1 }, "a shared request")
  }

  @Test("loses no job and posts none twice, whenever the daemon crashes", arguments: seeds)
  func crashes(_ seed: UInt64) {
    var night = Night(jobs: 20, seed: seed)
    let fal = Moody(seed: seed)
    var generator = SeededGenerator(seed: seed &+ 1)
    for round in 0..<60 {
      night.play(until: night.now + .seconds(Int(generator.share() * 1200))) { fal.answer($0, $1) }
      let rows = night.table.values.filter(\.state.name.isActive).sorted { $0.id < $1.id }
      night.dispatcher = Dispatcher(rules: .usual, limits: .init(), seed: seed &+ UInt64(round))
      night.dispatcher.take(.control(night.control()), at: night.now)
      night.dispatcher.take(.recovered(rows, unsent: []), at: night.now)
    }
    night.play(until: night.now + .seconds(365 * 86_400)) { fal.answer($0, $1) }
    #expect(night.isOver)
    #expect(fal.posts.values.allSatisfy { $0 == 1 })
  }
}
