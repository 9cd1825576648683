import Testing

@testable import CSMCore

/// A request that fal has accepted, up to its result.
@Suite("Following a request")
struct FollowingTests {
  static let harmless: [PollOutcome] = [
    .later(.sample, retryAfter: nil), .later(.sample, retryAfter: .seconds(1 << 40)),
    .gated(.auth, .sample), .gated(.balance, .sample), .inQueue, .inProgress,
  ]

  @Test("never fails a job for a poll", arguments: harmless)
  func polls(_ outcome: PollOutcome) {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    var polls = 0
    night.play(until: .evening + .seconds(3 * 3600)) { action, _ in
      guard case .step(.poll, let job) = action else { return (.zero, .probed(.fine)) }
      polls += 1
      return (.milliseconds(100), .done(1, generation: job.generation, .poll(outcome)))
    }
    #expect(polls >= 3)
    #expect(night.state(1) == .inQueue || night.state(1) == .inProgress)
    #expect(night.moves.count <= 1)
  }

  @Test("gives an id up as lost only when fal denied it for the whole grace")
  func missing() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    var lostAt: Timestamp?
    night.round()
    while night.now < .evening + .seconds(7200), lostAt == nil {
      night.deny(1)
      if night.state(1) == .unknown { lostAt = night.now } else { _ = night.next() }
    }
    let grace = Dispatcher.missingGrace
    #expect(lostAt.map { (grace...grace + .seconds(301)).contains($0.since(.evening)) } == true)
    #expect(night.moves.map(\.cause) == [.lost])
  }

  @Test("reads the result of a request whose status fal has forgotten, and ends well")
  func forgottenStatus() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    night.play(until: .evening + .seconds(7200)) { step, _, _ in
      step.call == .poll ? .poll(.missing(.sample)) : nil
    }
    #expect(night.state(1) == .stored)
    #expect(night.now.since(.evening) < .seconds(60))
  }

  @Test("reads the result where the status is too long to read, and waits for it in between")
  func longStatus() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    var results = 0
    night.play(until: .evening + .seconds(7200)) { step, _, _ in
      if step.call == .poll { return .poll(.long) }
      if step.call == .collect { results += 1 }
      return step.call == .collect && results < 4 ? .collect(.notYet) : nil
    }
    #expect(night.state(1) == .stored && results == 4)
    #expect(night.now.since(.evening) < .seconds(60))
  }

  @Test("ends a failed job with the words of its status where there is no result")
  func failedStatus() {
    let error = Problem("runner_disconnected", "fal says: Runner disconnected")
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(86_400)) { step, _, _ in
      step.call == .poll
        ? .poll(.completed(seconds: nil, failed: true, error: error)) : .collect(.missing(.sample))
    }
    #expect(night.state(1)?.isEnded == true)
    #expect(night.moves.last?.problem == error)
  }

  @Test("begins the grace anew when fal knows the id in between")
  func missingInBetween() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    night.round()
    for round in 0..<100 {
      if round % 8 == 7 { night.answer(1, .poll(.inQueue)) } else { night.deny(1) }
      #expect(night.next()?.words == ["poll 1"])
    }
    #expect(night.now.since(.evening) > Dispatcher.missingGrace)
    #expect(night.state(1) == .inQueue)
  }

  @Test("ends a job whose result is never there although fal says that it is over")
  func missingResult() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(86_400)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .listed([])) }
      let outcome: Dispatcher.StepOutcome =
        step.call == .collect ? .collect(.missing(.sample)) : .poll(.completed(seconds: nil))
      return (.milliseconds(100), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1)?.isEnded == true)
    #expect(night.now.since(.evening) >= Dispatcher.missingGrace)
  }

  @Test(
    "believes a doubtful failure only when it was seen again and again, and others fared better")
  func unconfirmed() {
    var night = Night(recovering: [
      .standing(1, .inProgress(.sample(1))), .standing(2, .inProgress(.sample(2))),
    ])
    var looks: [Timestamp] = []
    night.play(until: .evening + .seconds(1200)) { step, job, now in
      if job.id == 1, step.call == .collect { looks.append(now) }
      switch step {
      case .poll where job.id == 2 && now < .evening + .seconds(60): return .poll(.inProgress)
      case .collect where job.id == 2: return .collect(.audio(result: "{}", units: nil))
      case .collect: return .collect(.failed(.doubtful))
      default: return nil
      }
    }
    #expect(looks.count >= Dispatcher.looksMin)
    #expect(looks.last?.since(.evening) ?? .zero >= Dispatcher.doubtGrace)
    let failed = night.moves.first { $0.cause == .failedAtFal }
    #expect(failed?.after.state.name == .queued)
    #expect(failed?.charge == nil)
  }

  @Test("pays for nothing again because no result can be read, and gives up in the end")
  func unconfirmedForAll() {
    let rows = (1...4).map { Job.standing($0, .inProgress(.sample($0))) }
    var night = Night(recovering: rows)
    var lastLook: Timestamp = .evening
    night.play(until: .evening + .seconds(86_400)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        step.call == .poll ? .poll(.completed(seconds: 1)) : .collect(.failed(.doubtful))
      lastLook = now
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    #expect(night.count(.failed) == 4)
    #expect(lastLook.since(.evening) >= Dispatcher.unreadGrace)
    #expect(night.moves.allSatisfy { $0.charge == nil })
  }

  @Test("keeps nobody out because fal keeps the status of one job shut")
  func shutStatus() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(7200)) { action, now in
      guard case .step(_, let job) = action else { return (.zero, .probed(.fine)) }
      return (
        .milliseconds(100),
        .done(1, generation: job.generation, .poll(.gated(.auth, .sample)))
      )
    }
    #expect(night.state(1) == .inProgress)
    #expect(night.gates.isEmpty)
  }

  @Test("gives up a long result that cannot be used like a short one")
  func unusableLongResult() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(2 * 3600)) { step, _, _ in
      switch step {
      case .collect(_, isLong: false): .collect(.long)
      case .collect: .collect(.unreadable(.sample))
      default: nil
      }
    }
    #expect(night.state(1) == .failed)
    #expect(night.now.since(.evening) >= Dispatcher.lastGrace)
  }

  @Test(
    "believes that the model refuses a request which alone is shut out again and again",
    arguments: [(Gate.Name.auth, JobState.Name.failed), (.balance, .held)])
  func shutOutAlone(_ gate: Gate.Name, _ state: JobState.Name) {
    var night = Night(recovering: [
      .standing(1, .inProgress(.sample(1))), .standing(2, .inProgress(.sample(2))),
    ])
    night.play(until: .evening + .seconds(7200)) { step, job, now in
      switch step {
      case .poll where job.id == 2 && now < .evening + .seconds(60): .poll(.inProgress)
      case .collect where job.id == 2: .collect(.audio(result: "{}", units: nil))
      case .collect: .collect(.gated(gate, .sample))
      default: nil
      }
    }
    #expect(night.state(1) == state)
  }

  @Test("keeps what fal has while it shuts everybody out")
  func shutOutWithAll() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(7200)) { action, now in
      guard case .step(let step, let job) = action else {
        return (.zero, .probed(.unauthorized(.sample)))
      }
      let outcome: Dispatcher.StepOutcome =
        step.call == .poll ? .poll(.completed(seconds: 1)) : .collect(.gated(.auth, .sample))
      return (.milliseconds(100), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1) == .inProgress)
  }

  @Test("does not pay again for a failure that was seen once")
  func failingOnce() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.round()
    night.answer(1, .poll(.completed(seconds: nil)))
    for _ in 1..<Dispatcher.looksMin {
      night.answer(1, .collect(.failed(.byModel)))
      #expect(night.state(1) == .inProgress)
      #expect(night.next()?.words == ["collect 1"])
    }
    night.answer(1, .collect(.audio(result: "{}", units: nil)))
    #expect(night.state(1) == .completed)
  }

  @Test("sends a job that failed in passing again, as often as attempts are allowed")
  func attempts() {
    var night = Night(jobs: 1)
    night.play(until: .evening + .seconds(86_400), delay: .seconds(1)) { step, _, _ in
      step.call == .collect ? .collect(.failed(.byModel)) : nil
    }
    #expect(night.state(1) == .failed)
    #expect(night.table[1]?.attempts == 3)
    #expect(night.table[1]?.submits == 3)
    #expect(night.table[1]?.generation == 3)
    #expect(night.spent == .zero)
  }
}
