import Testing

@testable import CSMCore

@Suite("A transition")
struct TransitionTests {
  /// How an outcome changes a job, beside its old state.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let from: JobState
    let to: JobState.Name
    let cause: Move.Cause
    var submits = 0
    var attempts = 0
    var deferrals = 2
    var charge: Move.Charge?
    var rules = Rules.usual
    var cancelWanted = false
    let step: @Sendable (Job, Rules, inout SeededGenerator) throws -> Move
  }

  static let now = Timestamp.evening
  static let ticket = Ticket.sample(1)
  static let free = Move.Charge.settle(.zero)
  static let waiting = JobState.queued(due: now)
  static let submitting = JobState.submitting(intent: now)
  static let unknown = JobState.unknown(intent: now, since: now)
  static let inQueue = JobState.inQueue(ticket)
  static let inProgress = JobState.inProgress(ticket)
  static let completed = JobState.completed(ticket, result: "{}")

  static func submitted(
    _ name: String, _ outcome: SubmitOutcome, to state: JobState.Name, _ cause: Move.Cause,
    submits: Int = -1, attempts: Int = 0, deferrals: Int = 3, charge: Move.Charge? = free
  ) -> Case {
    Case(
      testDescription: name, from: submitting, to: state, cause: cause, submits: submits,
      attempts: attempts, deferrals: deferrals, charge: charge
    ) { job, _, generator in job.after(outcome, intent: now, at: now, generator: &generator) }
  }

  static func failed(
    _ name: String, transient: Bool, units: Double? = nil, attempts: Int = 0, charge: Move.Charge?,
    to state: JobState.Name, cancelWanted: Bool = false
  ) -> Case {
    var rules = Rules.usual
    rules.attemptsMax = attempts == 0 ? 2 : 1
    return Case(
      testDescription: name, from: inProgress, to: state, cause: .failedAtFal, charge: charge,
      rules: rules, cancelWanted: cancelWanted
    ) { job, rules, generator in
      job.failedAtFal(
        FalFailure(.sample, isTransient: transient, units: units, isByModel: true), isSure: true,
        rules: rules, at: now, generator: &generator)
    }
  }

  static let submits: [Case] = [
    Case(
      testDescription: "claimed", from: waiting, to: .submitting, cause: .claimed, submits: 1,
      charge: .reserve(Job.cost)
    ) { job, rules, _ in job.claimed(at: now, price: rules.price) },
    submitted(
      "accepted", .accepted(ticket), to: .inQueue, .accepted, submits: 0, attempts: 1,
      deferrals: 0, charge: nil),
    submitted("not sent", .notSent(.sample), to: .queued, .notSent),
    submitted("refused for now", .later(.sample, retryAfter: nil), to: .queued, .refused),
    submitted("shut out", .gated(.auth, .sample), to: .queued, .refused),
    submitted(
      "refused for good", .rejected(.sample), to: .failed, .rejected, deferrals: 2),
    submitted(
      "unclear", .unclear(.sample), to: .unknown, .unclear, submits: 0, deferrals: 2, charge: nil),
    Case(testDescription: "restarted", from: submitting, to: .unknown, cause: .restarted) {
      job, _, _ in job.restarted(intent: now, at: now)
    },
    Case(
      testDescription: "found", from: unknown, to: .inQueue, cause: .found, attempts: 1,
      deferrals: 0
    ) { job, _, _ in job.found(ticket) },
    Case(testDescription: "absent, held", from: unknown, to: .held, cause: .absent) {
      job, rules, _ in job.absent(wasRead: true, rules: rules, at: now)
    },
    Case(
      testDescription: "absent, unread", from: unknown, to: .held, cause: .absent,
      rules: .resubmitting
    ) { job, rules, _ in job.absent(wasRead: false, rules: rules, at: now) },
    Case(
      testDescription: "absent, not wanted", from: unknown, to: .cancelled,
      cause: .cancelledByPerson,
      rules: .resubmitting, cancelWanted: true
    ) { job, rules, _ in job.absent(wasRead: true, rules: rules, at: now) },
  ]

  static let atFal: [Case] = [
    Case(testDescription: "begun", from: inQueue, to: .inProgress, cause: .progress) {
      job, _, _ in try #require(job.progressed(to: inProgress))
    },
    Case(testDescription: "put back", from: inProgress, to: .inQueue, cause: .progress) {
      job, _, _ in try #require(job.progressed(to: inQueue))
    },
    Case(
      testDescription: "finished, billed", from: inQueue, to: .completed, cause: .finished,
      charge: .settle(Money(microDollars: 600))
    ) { job, rules, _ in
      job.finished(ticket, result: "{}", units: 0.02, price: rules.price)
    },
    Case(testDescription: "finished, no bill", from: inProgress, to: .completed, cause: .finished) {
      job, rules, _ in job.finished(ticket, result: "{}", units: nil, price: rules.price)
    },
    Case(testDescription: "absurd bill", from: inProgress, to: .completed, cause: .finished) {
      job, rules, _ in job.finished(ticket, result: "{}", units: .nan, price: rules.price)
    },
    failed("a passing failure", transient: true, charge: free, to: .queued),
    failed(
      "a passing failure, billed", transient: true, units: 0.01, charge: .settle(Job.cost),
      to: .queued),
    failed("the last attempt", transient: true, attempts: 1, charge: free, to: .failed),
    failed("a failure for good", transient: false, charge: nil, to: .failed),
    failed(
      "a failure for good, billed", transient: false, units: 0.01, charge: .settle(Job.cost),
      to: .failed),
    failed("not wanted", transient: true, charge: free, to: .failed, cancelWanted: true),
    Case(
      testDescription: "cancelled at fal", from: inQueue, to: .cancelled, cause: .cancelledAtFal,
      charge: free
    ) { job, _, _ in job.cancelledAtFal(.sample, at: now) },
    Case(testDescription: "stored", from: completed, to: .stored, cause: .stored) {
      job, _, _ in job.stored(.sample)
    },
    Case(testDescription: "unusable", from: completed, to: .held, cause: .unusable) {
      job, _, _ in job.unusable(ticket, result: "{}", .sample)
    },
    Case(
      testDescription: "cancelled in the line", from: waiting, to: .cancelled,
      cause: .cancelledByPerson
    ) { job, _, _ in job.cancelledByPerson() },
  ]

  @Test("a job whose lost audio is fetched again is never sent again by itself")
  func fetchedAgain() {
    var job = Job.standing(1, Self.inProgress)
    var generator = SeededGenerator(seed: 1)
    for (attempts, state) in [(1, JobState.Name.queued), (0, .failed)] {
      job.attempts = attempts
      let move = job.failedAtFal(
        .byModel, isSure: true, rules: .usual, at: Self.now, generator: &generator)
      #expect(move.after.state.name == state)
      let lost = job.lost(.sample(1), .sample, at: Self.now)
      #expect(lost.after.state.name == (attempts == 0 ? .failed : .unknown))
    }
  }

  @Test("sends a job again that a person said to retry, however fal does not have it")
  func retried() {
    var job = Job.standing(1, Self.inQueue)
    job.retryWanted = true
    let cancelled = job.cancelledAtFal(.sample, at: Self.now)
    #expect(cancelled.after.state == Self.waiting)
    #expect(!cancelled.after.retryWanted && cancelled.after.attempts == 0)
    #expect(cancelled.charge == Self.free)
    job.cancelWanted = true
    #expect(job.cancelledAtFal(.sample, at: Self.now).after.state == .cancelled)
    var lost = Job.standing(1, Self.unknown)
    lost.retryWanted = true
    for (wasRead, reason) in [(true, "does not show it"), (false, "could not be read")] {
      let move = lost.absent(wasRead: wasRead, rules: .usual, at: Self.now)
      #expect(move.after.state == Self.waiting)
      #expect(move.problem?.message.contains("fal's list \(reason)") == true)
    }
  }

  @Test(
    "goes along an arrow, and counts submits, attempts, deferrals and money", arguments: submits)
  func aboutSubmits(_ sample: Case) throws { try check(sample) }

  @Test("a step of a job at fal goes along an arrow, and counts money too", arguments: atFal)
  func aboutWhatFalHas(_ sample: Case) throws { try check(sample) }

  private func check(_ sample: Case) throws {
    let job = Job(
      id: 1, request: Job.waiting(1).request, generation: 5, state: sample.from, submits: 2,
      attempts: 1, deferrals: 2, cancelWanted: sample.cancelWanted)
    var generator = SeededGenerator(seed: 1)
    let move = try sample.step(job, sample.rules, &generator)
    #expect(move.before == job)
    #expect(move.after.state.name == sample.to)
    #expect(sample.from.name.next.contains(sample.to))
    #expect(move.cause == sample.cause)
    #expect(move.after.submits - job.submits == sample.submits)
    #expect(move.after.attempts - job.attempts == sample.attempts)
    #expect(move.after.deferrals == sample.deferrals)
    #expect(move.after.generation - job.generation == (sample.to == .submitting ? 1 : 0))
    #expect(move.charge == sample.charge)
    #expect(move.after.request == job.request)
  }

  @Test("is not made if fal reports the known state")
  func noProgress() {
    let job = Job.standing(1, .inQueue(.sample(1)))
    #expect(job.progressed(to: .inQueue(.sample(1))) == nil)
  }

  @Test("delays by the class of the failure, and at least by Retry-After")
  func delays() {
    var generator = SeededGenerator(seed: 7)
    for deferrals in 0..<20 {
      var job = Job.standing(1, Self.submitting)
      job.deferrals = deferrals
      let cases: [(SubmitOutcome, ClosedRange<Double>)] = [
        (.notSent(.sample), 1...300), (.later(.sample, retryAfter: nil), 1...300),
        (.later(.sample, retryAfter: .seconds(900)), 900...901),
        (.later(.sample, retryAfter: .seconds(1 << 40)), 3600...3601),
        (.later(.sample, retryAfter: .seconds(-5)), 1...300),
        (.gated(.balance, .sample), 0...0),
      ]
      for (outcome, range) in cases {
        let after = job.after(outcome, intent: Self.now, at: Self.now, generator: &generator).after
        guard case .queued(let due) = after.state else {
          Issue.record("\(outcome) led to \(after.state)")
          continue
        }
        #expect(range.contains(due.since(Self.now).seconds), "\(outcome)")
      }
    }
  }

  @Test("never leaves an end state unless a person asks for it")
  func ends() {
    #expect(JobState.Name.stored.next == [.held])
    #expect(JobState.Name.cancelled.next.isEmpty)
    for name in JobState.Name.allCases {
      #expect(!(name.isActive && name.isEnded), "\(name)")
      #expect(name.isActive || name.isEnded || name == .queued, "\(name)")
    }
  }
}
