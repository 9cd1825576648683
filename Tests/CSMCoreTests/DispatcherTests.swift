import Testing

@testable import CSMCore

@Suite("The dispatcher")
struct DispatcherTests {
  @Test("takes a job its whole way, each step after the last is durable")
  func wholeWay() {
    var night = Night(jobs: 1)
    #expect(night.turn().words == ["submit 1"])
    #expect(night.state(1) == .submitting)
    #expect(night.spent == Job.cost)
    #expect(night.answer(1, .submit(.accepted(.sample(1)))).isEmpty)
    #expect(night.state(1) == .inQueue)
    #expect(night.next()?.words == ["poll 1"])
    #expect(night.answer(1, .poll(.inProgress)).isEmpty)
    #expect(night.state(1) == .inProgress)
    #expect(night.next()?.words == ["poll 1"])
    #expect(night.answer(1, .poll(.completed(seconds: 1))).words == ["collect 1"])
    #expect(night.answer(1, .collect(.audio(result: "{}", units: 0.01))).words == ["fetch 1"])
    #expect(night.state(1) == .completed)
    #expect(night.answer(1, .fetch(.stored(.sample))).isEmpty)
    #expect(night.state(1) == .stored)
    #expect(night.dispatcher.isIdle)
    #expect(night.dispatcher.nextWake(after: night.now) == nil)
    #expect(
      night.moves.map(\.cause) == [.claimed, .accepted, .progress, .finished, .stored])
    #expect(night.spent == Job.cost)
  }

  @Test("takes an outcome once, and only for the generation that it belongs to")
  func staleOutcomes() {
    var night = Night(jobs: 1)
    night.turn()
    night.turn(.done(1, generation: 0, .submit(.accepted(.sample(1)))))
    #expect(night.state(1) == .submitting)
    night.answer(1, .submit(.accepted(.sample(1))))
    night.answer(1, .submit(.unclear(.sample)))
    night.turn(.done(2, generation: 1, .submit(.unclear(.sample))))
    #expect(night.state(1) == .inQueue)
    #expect(night.moves.count == 2)
  }

  @Test("does nothing about a job that somebody else moved, and forgets it")
  func missedGuard() {
    var night = Night(jobs: 1)
    let cancelled = night.table[1]!.cancelledByPerson().after
    let room = night.dispatcher.room(at: night.now, offset: .zero)
    #expect(room > 0)
    night.dispatcher.claim(
      DueJobs(jobs: Array(night.table.values), nextDue: nil), spent: .zero, at: night.now)
    night.table[1] = cancelled
    #expect(night.turn().isEmpty)
    #expect(night.dispatcher.isIdle)
    #expect(night.state(1) == .cancelled)
    #expect(night.moves.isEmpty)
  }

  @Test("has no more POSTs out at once than may be in doubt after a crash")
  func submitsMax() {
    var night = Night(jobs: 100)
    #expect(night.turn().count == Dispatcher.submitsMax)
    #expect(night.pass(.seconds(3600)).isEmpty)
    #expect(night.answer(1, .submit(.accepted(.sample(1)))).words == ["submit 9"])
  }

  @Test("has no more requests at fal than the settings allow")
  func inFlightMax() {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 3
    var night = Night(jobs: 9, limits: limits)
    #expect(night.turn().words == ["submit 1", "submit 2", "submit 3"])
    for id in 1...3 { #expect(night.answer(Int64(id), .submit(.accepted(.sample(1)))).isEmpty) }
    night.pass(.seconds(5))
    #expect(night.answer(2, .poll(.completed(seconds: nil))).words == ["collect 2", "submit 4"])
    #expect(night.answer(2, .collect(.audio(result: "{}", units: nil))).words == ["fetch 2"])
    #expect(night.dispatcher.load(at: night.now).inFlight == 3)
  }

  @Test(
    "gives the place of a request that is over to the next one, though its result cannot be read")
  func unreadResults() {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 1
    var night = Night(jobs: 3, limits: limits)
    night.turn()
    night.answer(1, .submit(.accepted(.sample(1))))
    night.pass(.seconds(5))
    #expect(night.answer(1, .poll(.completed(seconds: nil))).words == ["collect 1", "submit 2"])
    night.answer(2, .submit(.accepted(.sample(2))))
    night.answer(1, .collect(.later(.sample, retryAfter: nil)))
    night.pass(.seconds(5))
    #expect(night.answer(2, .poll(.completed(seconds: nil))).words == ["collect 2", "submit 3"])
  }

  @Test("reads results with the audio inside one by one, each when the one before is stored")
  func longResults() {
    var night = Night(jobs: 3)
    let long = String(repeating: "x", count: CollectOutcome.bytesMax + 1)
    night.turn()
    for id in 1...3 { night.answer(Int64(id), .submit(.accepted(.sample(1)))) }
    night.pass(.seconds(5))
    for id in 1...3 { night.answer(Int64(id), .poll(.completed(seconds: nil))) }
    #expect(night.answer(1, .collect(.long)).words == ["collectLong 1"])
    #expect(night.answer(2, .collect(.long)).isEmpty)
    #expect(night.answer(1, .collect(.audio(result: long, units: nil))).words == ["fetch 1"])
    #expect(night.answer(3, .collect(.audio(result: "{}", units: nil))).words == ["fetch 3"])
    #expect(night.pass(.seconds(60)).isEmpty)
    #expect(night.answer(1, .fetch(.stored(.sample))).words == ["collectLong 2"])
  }

  @Test("sends a deferred job again when it is due, although the line was read before it came back")
  func deferredWhileClaiming() {
    var night = Night(jobs: 2)
    night.dispatcher.take(
      .control(.init(gates: [], cancelWanted: [], nextDue: night.now)), at: .evening)
    night.table[2]?.state = .queued(due: .evening + .seconds(1))
    #expect(night.turn().words == ["submit 1"])
    night.now = .evening + .seconds(1)
    #expect(night.answer(1, .submit(.notSent(.sample))).words == ["submit 2"])
    night.answer(2, .submit(.accepted(.sample(2))))
    #expect(night.pass(.seconds(3)).words.contains("submit 1"))
  }

  @Test("keeps what it knows is due, although the table was read before that was durable")
  func deferredWhileReading() {
    var night = Night(jobs: 1)
    night.turn()
    let control = night.control()
    #expect(control.nextDue == nil)
    night.turn(
      .done(1, generation: 1, .submit(.notSent(.sample))), .control(control))
    #expect(night.next()?.words == ["submit 1"])
  }

  // MARK: Following

  static let harmless: [PollOutcome] = [
    .later(.sample, retryAfter: nil), .later(.sample, retryAfter: .seconds(1 << 40)),
    .shut(.auth, .sample), .shut(.balance, .sample), .inQueue(position: .max), .inProgress,
  ]

  @Test("never fails a job for a poll", arguments: harmless)
  func polls(_ outcome: PollOutcome) {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    var polls = 0
    night.play(until: .evening + .seconds(86_400)) { action, _ in
      guard case .step(.poll, let job) = action else { return (.zero, .probed(.fine)) }
      polls += 1
      return (.milliseconds(100), .done(1, generation: job.generation, .poll(outcome)))
    }
    #expect(polls >= 24)
    #expect(night.state(1) == .inQueue || night.state(1) == .inProgress)
    #expect(night.moves.count <= 1)
  }

  @Test("gives an id up as lost only when fal denied it for the whole grace")
  func missing() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    var lostAt: Timestamp?
    night.turn()
    while night.now < .evening + .seconds(7200), lostAt == nil {
      night.answer(1, .poll(.missing(.sample)))
      if night.state(1) == .unknown { lostAt = night.now } else { _ = night.next() }
    }
    let grace = Dispatcher.missingGrace
    #expect(lostAt.map { (grace...grace + .seconds(301)).contains($0.since(.evening)) } == true)
    #expect(night.moves.map(\.cause) == [.lost])
  }

  @Test("begins the grace anew when fal knows the id in between")
  func missingInBetween() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    night.turn()
    for round in 0..<100 {
      night.answer(1, .poll(round % 8 == 7 ? .inQueue(position: nil) : .missing(.sample)))
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
        step == .collect ? .collect(.missing(.sample)) : .poll(.completed(seconds: nil))
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
    night.play(until: .evening + .seconds(1200)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .poll where job.id == 2 && now < .evening + .seconds(60): .poll(.inProgress)
        case .poll: .poll(.completed(seconds: 1))
        case .collect where job.id == 2: .collect(.audio(result: "{}", units: nil))
        case .collect: .collect(.unconfirmed(.sample))
        default: .fetch(.stored(.sample))
        }
      if job.id == 1, step == .collect { looks.append(now) }
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    #expect(looks.count >= Dispatcher.looksMin)
    #expect(looks.last?.since(.evening) ?? .zero >= Dispatcher.doubtGrace)
    let failed = night.moves.first { $0.cause == .failedAtFal }
    #expect(failed?.after.state.name == .queued)
    #expect(failed?.charge == .settle(.zero))
  }

  @Test("pays for nothing again because no result can be read, and gives up in the end")
  func unconfirmedForAll() {
    let rows = (1...4).map { Job.standing($0, .inProgress(.sample($0))) }
    var night = Night(recovering: rows)
    var lastLook: Timestamp = .evening
    night.play(until: .evening + .seconds(86_400)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        step == .poll ? .poll(.completed(seconds: 1)) : .collect(.unconfirmed(.sample))
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
        .done(1, generation: job.generation, .poll(.shut(.auth, .sample)))
      )
    }
    #expect(night.state(1) == .inProgress)
    #expect(night.gates.isEmpty)
  }

  @Test("gives up a long result that cannot be used like a short one")
  func unusableLongResult() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(3600)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .poll: .poll(.completed(seconds: 1))
        case .collect: .collect(.long)
        default: .collect(.unreadable(.sample))
        }
      return (.milliseconds(100), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1) == .failed)
    #expect(night.now.since(.evening) >= Dispatcher.doubtGrace)
  }

  @Test(
    "believes that the model refuses a request which alone is shut out again and again",
    arguments: [(Gate.Name.auth, JobState.Name.failed), (.balance, .inProgress)])
  func shutOutAlone(_ gate: Gate.Name, _ state: JobState.Name) {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.play(until: .evening + .seconds(7200)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        step == .poll ? .poll(.completed(seconds: 1)) : .collect(.shut(gate, .sample))
      return (.milliseconds(100), .done(1, generation: job.generation, outcome))
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
        step == .poll ? .poll(.completed(seconds: 1)) : .collect(.shut(.auth, .sample))
      return (.milliseconds(100), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1) == .inProgress)
  }

  @Test("does not pay again for a failure that was seen once")
  func failingOnce() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)))])
    night.turn()
    night.answer(1, .poll(.completed(seconds: nil)))
    for _ in 1..<Dispatcher.looksMin {
      night.answer(1, .collect(.failed(.sample, transient: true, units: nil)))
      #expect(night.state(1) == .inProgress)
      #expect(night.next()?.words == ["collect 1"])
    }
    night.answer(1, .collect(.audio(result: "{}", units: nil)))
    #expect(night.state(1) == .completed)
  }

  @Test("sends a job that failed in passing again, as often as attempts are allowed")
  func attempts() {
    var night = Night(jobs: 1)
    night.play(until: .evening + .seconds(86_400)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit: .submit(.accepted(.sample(1, at: now)))
        case .poll: .poll(.completed(seconds: 1))
        default: .collect(.failed(.sample, transient: true, units: nil))
        }
      return (.seconds(1), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1) == .failed)
    #expect(night.table[1]?.attempts == 3)
    #expect(night.table[1]?.submits == 3)
    #expect(night.table[1]?.generation == 3)
    #expect(night.spent == .zero)
  }

  // MARK: Downloads

  @Test(
    "never sends again what cannot be downloaded, and leaves the result to a person",
    arguments: [FetchOutcome.damaged(.sample), .refused(.sample), .later(.sample, retryAfter: nil)])
  func downloads(_ outcome: FetchOutcome) {
    let row = Job.standing(1, .completed(.sample(1), result: "{}"))
    var night = Night(recovering: [row])
    night.play(until: .evening + .seconds(8 * 86_400)) { action, _ in
      #expect(action.words == "fetch 1")
      return (.seconds(1), .done(1, generation: 1, .fetch(outcome)))
    }
    #expect(night.table[1]?.state == .held(.sample(1), result: "{}"))
    #expect(night.table[1]?.submits == 1)
    #expect(night.moves.map(\.cause) == [.unusable])
  }

  @Test("downloads some at once, and the next when one is through")
  func downloadsMax() {
    let rows = (1...20).map { Job.standing($0, .completed(.sample($0), result: "{}")) }
    var night = Night(recovering: rows)
    #expect(night.turn().count == Dispatcher.downloadsMax)
    #expect(night.dispatcher.nextWake(after: night.now) == nil)
    #expect(night.answer(3, .fetch(.stored(.sample))).words == ["fetch 9"])
  }

  @Test("looks at once whether it can claim what has just come into the line")
  func news() {
    var night = Night(jobs: 1)
    let due = night.now
    night.turn()
    night.now = night.now + .seconds(1)
    night.dispatcher.take(
      .control(.init(gates: [], cancelWanted: [], nextDue: due)), at: night.now)
    #expect(night.dispatcher.nextWake(after: night.now) == due)
    _ = night.dispatcher.room(at: night.now, offset: .zero)
    #expect(night.dispatcher.nextWake(after: night.now) == nil)
  }

  @Test("lets no decision wait for the next event")
  func unsaved() {
    var night = Night(jobs: 0)
    let lost = Job.standing(1, .submitting(intent: night.now))
    night.dispatcher.take(.recovered([lost], unsent: []), at: night.now)
    #expect(night.dispatcher.nextWake(after: night.now) == night.now)
    #expect(night.dispatcher.changes().moves.count == 1)
    #expect(night.dispatcher.nextWake(after: night.now).map { $0 > night.now } == true)
  }

  // MARK: Stopping

  @Test("sends nothing more when it is to leave, and waits for the answers of POSTs only")
  func stop() {
    var night = Night(jobs: 20)
    night.turn()
    night.answer(1, .submit(.accepted(.sample(1))))
    #expect(night.turn(.stop).isEmpty)
    #expect(!night.dispatcher.isDrained)
    #expect(night.pass(.seconds(600)).isEmpty)
    for id in 2...9 {
      #expect(!night.dispatcher.isDrained)
      let outcome: SubmitOutcome =
        id % 2 == 0 ? .accepted(.sample(Int64(id))) : .notSent(.sample)
      #expect(night.answer(Int64(id), .submit(outcome)).isEmpty)
    }
    #expect(night.dispatcher.isDrained)
    #expect(night.dispatcher.nextWake(after: night.now) == nil)
    #expect(night.count(.submitting) == 0)
    #expect(night.count(.inQueue) == 5)
  }

  // MARK: Recovery

  static let recovered: [(JobState, String, JobState.Name)] = [
    (.submitting(intent: .evening), "list", .unknown),
    (.unknown(intent: .evening, since: .evening), "list", .unknown),
    (.inQueue(.sample(1)), "poll 1", .inQueue), (.inProgress(.sample(1)), "poll 1", .inProgress),
    (.completed(.sample(1), result: "{}"), "fetch 1", .completed),
  ]

  @Test("goes on with each active row after a crash, and posts none again", arguments: recovered)
  func recovery(_ state: JobState, _ action: String, _ after: JobState.Name) {
    var night = Night(recovering: [.standing(1, state)])
    #expect((night.turn() + night.pass(.seconds(1))).words == [action])
    #expect(night.state(1) == after)
    night.turn(.recovered([.standing(1, state)], unsent: []))
    #expect(night.pass(.seconds(60)).isEmpty)
  }

  @Test(
    "leaves rows alone that are not active",
    arguments: [
      JobState.queued(due: .evening), .failed, .cancelled, .stored(.sample),
      .held(nil, result: nil),
    ])
  func notRecovered(_ state: JobState) {
    var night = Night(recovering: [.standing(1, state)])
    #expect(night.dispatcher.isIdle)
    #expect(night.turn().isEmpty)
  }
}
