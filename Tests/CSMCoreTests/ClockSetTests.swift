import Testing

@testable import CSMCore

@Suite("A clock that is set")
struct ClockSetTests {
  private func answered(_ action: Dispatcher.Action, _ now: Timestamp) -> Dispatcher.Event {
    guard case .step(let step, let job) = action else {
      if case .list = action { return .listed(.listed([])) }
      return .probed(.fine)
    }
    let outcome: Dispatcher.StepOutcome =
      switch step {
      case .submit: .submit(.accepted(.sample(job.id, at: now)))
      case .collect: .collect(.audio(result: "{}", units: nil))
      case .fetch: .fetch(.stored(.sample))
      default: .poll(.completed(seconds: 0.5))
      }
    return .done(job.id, generation: job.generation, outcome)
  }

  @Test(
    "back by three days, or on by fifty years: nothing waits for the old time",
    arguments: [-3 * 86_400, 50 * 365 * 86_400])
  func set(by seconds: Int64) {
    var night = Night(jobs: 20)
    night.round()
    // Some wait for their next poll, one is lost, and the others close the gate of the key.
    var sent = night.answer(5, .submit(.unclear(.sample)))
    for id in 6...8 { sent += night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    for id: Job.ID in 1...4 {
      sent += night.answer(id, .submit(.accepted(.sample(id, at: night.now))))
    }
    #expect(night.gates[.auth] != nil)
    night.now = night.now + .seconds(seconds)
    // As the table does it.
    for job in night.table.values {
      if case .queued = job.state { night.table[job.id]?.state = .queued(due: night.now) }
    }
    night.gates[.auth] = nil
    let setAt = night.now
    sent += night.round(.clockWasSet, .control(night.control()))
    while !sent.isEmpty { sent = night.round(sent.map { answered($0, setAt) }) }
    night.play(until: setAt + .seconds(7200)) { (.milliseconds(100), answered($0, $1)) }
    #expect(night.count(.stored) == 19)
    #expect(night.state(5) == .held)
    let ended = night.now.since(setAt)
    #expect((.seconds(1800)...(.seconds(2400))).contains(ended), "over after \(ended.seconds) s")
  }

  @Test("back does not hide a submit whose answer was lost before")
  func lostBefore() {
    var night = Night(jobs: 1)
    night.round()
    night.answer(1, .submit(.unclear(.sample)))
    night.now = night.now - .seconds(7195)
    let sentAt = Timestamp.evening - .seconds(7200)
    let actions = night.round(.clockWasSet, .control(night.control()))
    guard case .list(_, let since, _)? = actions.first else {
      Issue.record("nothing is listed")
      return
    }
    #expect(since <= sentAt)
    night.round(.listed([SearchTests.listed(1, "a", at: sentAt)]))
    #expect(night.state(1) == .inQueue)
  }

  @Test("back while the listing is read: that reading decides nothing")
  func whileRead() {
    var night = Night(jobs: 1)
    night.round()
    night.answer(1, .submit(.unclear(.sample)))
    #expect(night.next()?.words == ["list"])
    night.now = night.now - .seconds(7200)
    night.round(.clockWasSet, .control(night.control(cancelWanted: [1])))
    night.round(.listed([]))
    #expect(night.state(1) == .unknown)
    #expect(night.next()?.words == ["list"])
  }

  @Test("back: what fal accepted before was not accepted in the future")
  func acceptedBefore() {
    var night = Night(jobs: 2)
    night.round()
    for id: Job.ID in [1, 2] {
      night.answer(id, .submit(.accepted(.sample(id, at: night.now))))
    }
    night.now = night.now - .seconds(7200)
    night.round(.clockWasSet, .control(night.control()))
    let setAt = night.now
    _ = night.pass(.seconds(60))
    night.answer(1, .poll(.inProgress))
    #expect(night.dispatcher.startedUpTo == setAt)
    #expect(night.table[1]?.state.ticket?.acceptedAt == setAt)
  }
}
