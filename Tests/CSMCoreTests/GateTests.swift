import Testing

@testable import CSMCore

@Suite("A gate")
struct GateTests {
  static let probe = Dispatcher.Limits().gateProbe

  @Test(
    "of the key or the account closes at the first refusal, and no attempt is used up",
    arguments: [Gate.Name.auth, .balance])
  func shut(_ name: Gate.Name) {
    var night = Night(jobs: 20)
    night.turn()
    #expect(night.answer(1, .submit(.shut(name, .sample))).isEmpty)
    #expect(night.gates.keys.sorted() == [name])
    for id in 2...8 { night.answer(Int64(id), .submit(.shut(name, .sample))) }
    #expect(night.count(.queued) == 20)
    #expect(night.table.values.allSatisfy { $0.submits == 0 && $0.attempts == 0 })
    #expect(night.spent == .zero)
    #expect(night.pass(.seconds(299)).isEmpty)
    #expect(night.next()?.words == ["probe"])
    #expect(night.now == .evening + Self.probe)
  }

  @Test("is probed after ever longer gaps, up to twelve times the first")
  func probes() {
    var night = Night(jobs: 1)
    night.turn()
    night.answer(1, .submit(.shut(.auth, .sample)))
    var gaps: [Int64] = []
    for _ in 0..<7 {
      let before = night.now
      #expect(night.next()?.words == ["probe"])
      gaps.append(night.now.since(before).milliseconds / Self.probe.milliseconds)
      night.turn(.probed(.unauthorized(.sample)))
    }
    #expect(gaps == [1, 2, 4, 8, 12, 12, 12])
    #expect(night.gates[.auth]?.since == .evening)
  }

  @Test("that a probe opened lets one submit try before the others go on")
  func trial() {
    var night = Night(jobs: 20)
    night.turn()
    for id in 1...8 { night.answer(Int64(id), .submit(.shut(.balance, .sample))) }
    #expect(night.next()?.words == ["probe"])
    #expect(night.turn(.probed(.fine)).words == ["submit 1"])
    #expect(night.gates.isEmpty)
    // The account is still locked: the next probe comes after twice the gap.
    night.answer(1, .submit(.shut(.balance, .sample)))
    let closedAt = night.now
    #expect(night.next()?.words == ["probe"])
    #expect(night.now.since(closedAt) == Self.probe * 2)
    #expect(night.turn(.probed(.fine)).words == ["submit 2"])
    #expect(night.answer(2, .submit(.accepted(.sample(2)))).count == Dispatcher.submitsMax)
  }

  @Test("that is closed lets paid work go on")
  func paidWork() {
    var night = Night(jobs: 3)
    night.turn()
    night.answer(1, .submit(.accepted(.sample(1))))
    night.answer(2, .submit(.shut(.balance, .sample)))
    #expect(night.next()?.words == ["poll 1"])
    night.answer(1, .poll(.completed(seconds: 1)))
    #expect(night.answer(1, .collect(.audio(result: "{}", units: nil))).words == ["fetch 1"])
    night.answer(1, .fetch(.stored(.sample)))
    #expect(night.state(1) == .stored)
  }

  @Test("of an outage closes after five failures of three jobs, and not before")
  func outage() {
    var night = Night(jobs: 8)
    night.turn()
    for id in 1...4 {
      #expect(night.gates.isEmpty)
      night.answer(Int64(id), .submit(.notSent(.sample)))
    }
    #expect(night.gates.isEmpty)
    night.answer(5, .submit(.notSent(.sample)))
    #expect(night.gates.keys.sorted() == [.outage])
    #expect(night.next()?.words == ["probe"])
    night.turn(.probed(.unreachable(.sample)))
    #expect(night.gates[.outage]?.probeAt == night.now + Self.probe * 2)
  }

  @Test("of an outage takes the failure of one upload, for which many waited, for one sign")
  func sharedUpload() {
    var night = Night(jobs: 8)
    night.turn()
    for id in 1...8 { night.answer(Int64(id), .submit(.notReady(.sample))) }
    #expect(night.gates.isEmpty)
    #expect(night.count(.queued) == 8)
    var signs = OutageSigns()
    for second in 1...5 {
      for id in 1...8 {
        signs.note(Int64(id + second), shared: "x", at: .evening + .seconds(Int64(second)))
      }
    }
    #expect(signs.isOutage)
  }

  @Test("of an outage is not closed by what leaving cuts off")
  func cutOff() {
    var night = Night(jobs: 8)
    night.turn()
    night.turn(.stop)
    for id in 1...8 { night.answer(Int64(id), .submit(.notSent(.sample))) }
    #expect(night.gates.isEmpty)
  }

  @Test("of an outage stays open where one job fails, or where others get answers")
  func noOutage() {
    var signs = OutageSigns()
    for _ in 0..<100 { signs.note(1, at: .evening) }
    signs.note(2, at: .evening)
    #expect(!signs.isOutage)
    signs.clear()
    for id in 1...4 { signs.note(Int64(id), at: .evening) }
    #expect(!signs.isOutage)
    signs.note(5, at: .evening + .seconds(61))
    #expect(!signs.isOutage)
    for id in 1...4 { signs.note(Int64(id), at: .evening + .seconds(62)) }
    #expect(signs.isOutage)
    signs.clear()
    #expect(!signs.isOutage)
  }

  @Test(
    "of the rate waits as long as fal asks, within an hour",
    arguments: [(Duration.seconds(120), 120.0...121), (.seconds(1 << 40), 3600...3601)])
  func retryAfter(_ asked: Duration, _ range: ClosedRange<Double>) {
    var night = Night(jobs: 2)
    night.turn()
    night.answer(1, .submit(.later(.sample, retryAfter: asked)))
    night.answer(2, .submit(.accepted(.sample(2))))
    let gate = night.gates[.rate]
    #expect(gate.map { range.contains($0.probeAt!.since(.evening).seconds) } == true)
    let again = night.pass(asked - .seconds(1) < .seconds(3600) ? .seconds(119) : .seconds(3599))
    #expect(!again.words.contains("submit 1"))
    #expect(night.pass(.seconds(3)).words.contains("submit 1"))
    #expect(night.gates.isEmpty)
    #expect(night.table[1]?.attempts == 0)
  }

  @Test("of the rate opens although nothing else is going on, and a burst counts once")
  func rateAlone() {
    var night = Night(jobs: 8)
    night.turn()
    for id in 1...8 { night.answer(Int64(id), .submit(.later(.sample, retryAfter: nil))) }
    #expect(night.next()?.isEmpty == false)
    #expect(night.now.since(.evening) <= .seconds(6))
  }

  @Test("of the key that one job alone runs into lets the others pass, and ends with that job")
  func shutToOne() {
    var limits = Dispatcher.Limits()
    limits.gateProbe = .seconds(60)
    var night = Night(jobs: 20, limits: limits)
    var othersStored: Timestamp?
    night.play(until: .evening + .seconds(7200)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit where job.id == 1: .submit(.shut(.auth, .sample))
        case .submit: .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 1))
        case .collect: .collect(.audio(result: "{}", units: nil))
        default: .fetch(.stored(.sample))
        }
      if job.id == 20, step == .fetch { othersStored = now }
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    #expect(othersStored.map { $0.since(.evening) < .seconds(600) } == true)
    #expect(night.state(1) == .failed)
    #expect(night.count(.stored) == 19)
    #expect(night.gates.isEmpty)
  }

  @Test("of the key fails nothing while nothing is accepted, however often it seems to open")
  func shutToAll() {
    var night = Night(jobs: 3)
    night.play(until: .evening + .seconds(86_400)) { action, now in
      guard case .step(_, let job) = action else { return (.zero, .probed(.fine)) }
      return (
        .zero, .done(job.id, generation: job.generation, .submit(.shut(.auth, .sample)))
      )
    }
    #expect(night.count(.queued) == 3)
  }

  @Test("of the day's money closes before the first cent too many, until midnight")
  func budget() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 5 + 299)
    var night = Night(jobs: 20, limits: limits)
    #expect(night.turn().count == 5)
    #expect(night.gates.keys.sorted() == [.budget])
    #expect(night.gates[.budget]?.probeAt == Timestamp(rfc3339: "2026-11-24T00:00:00Z"))
    #expect(night.pass(.seconds(5 * 3600 - 1)).isEmpty)
    #expect(night.spent.microDollars == Job.cost.microDollars * 5)
  }

  @Test("of the day's money opens when what was set aside turns out not to be spent")
  func settledBudget() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 5 + 299)
    var night = Night(jobs: 20, limits: limits)
    #expect(night.turn().count == 5)
    night.answer(1, .submit(.rejected(.sample)))
    #expect(night.next()?.words == ["submit 6"])
    #expect(night.now.since(.evening) < .seconds(1))
    #expect(night.spent.microDollars == Job.cost.microDollars * 5)
    #expect(night.gates.keys.sorted() == [.budget])
  }

  @Test("of the day's money opens when a person raises the budget")
  func newBudget() {
    var limits = Dispatcher.Limits()
    limits.budget = .zero
    var night = Night(jobs: 2, limits: limits)
    #expect(night.turn().isEmpty)
    #expect(night.gates.keys.sorted() == [.budget])
    limits.budget = Money(microDollars: 1_000_000)
    night.dispatcher.adopt(rules: .usual, limits: limits)
    #expect(night.turn().words == ["submit 1", "submit 2"])
    #expect(night.gates.isEmpty)
  }

  @Test("of the hours opens at the minute at which they begin")
  func hours() {
    var limits = Dispatcher.Limits()
    limits.hours = Hours("22:00-06:00")
    var night = Night(jobs: 1, limits: limits)
    #expect(night.turn().isEmpty)
    #expect(night.next()?.words == ["submit 1"])
    #expect(night.now == Timestamp(rfc3339: "2026-11-23T22:00:00Z"))
  }

  @Test("that a person closed is opened by a person only")
  func paused() {
    var night = Night(jobs: 1)
    #expect(night.turn(.control(night.control(paused: true))).isEmpty)
    #expect(night.pass(.seconds(86_400)).isEmpty)
    #expect(night.turn(.control(night.control())).words == ["submit 1"])
  }

  @Test("of the disk stops downloads too, and opens when there is room again")
  func disk() {
    let rows = (1...2).map { Job.standing($0, .completed(.sample($0), result: "{}")) }
    var night = Night(recovering: rows)
    night.turn()
    #expect(night.answer(1, .fetch(.diskFull(.sample))).isEmpty)
    night.answer(2, .fetch(.diskFull(.sample)))
    #expect(night.state(1) == .completed)
    #expect(night.next()?.words == ["check disk"])
    #expect(night.turn(.freeBytes(1 << 20)).isEmpty)
    #expect(night.next()?.words == ["check disk"])
    #expect(night.turn(.freeBytes(1 << 40)).words == ["fetch 1", "fetch 2"])
  }

  @Test("that a probe just opened stays open, although the table still shows it closed")
  func staleRow() {
    var night = Night(jobs: 1)
    night.turn()
    night.answer(1, .submit(.shut(.auth, .sample)))
    #expect(night.next()?.words == ["probe"])
    let actions = night.turn(.probed(.fine), .control(night.control()))
    #expect(actions.words == ["submit 1"])
    #expect(night.gates.isEmpty)
  }

  @Test("says nothing about the key or the account when fal cannot be reached")
  func unreachable() {
    var night = Night(jobs: 1)
    night.turn()
    night.answer(1, .submit(.shut(.auth, .sample)))
    _ = night.next()
    night.turn(.probed(.unreachable(.sample)))
    #expect(night.gates.keys.sorted() == [.auth])
    _ = night.next()
    night.turn(.probed(.locked(.sample)))
    #expect(night.gates.keys.sorted() == [.balance])
  }

  @Test("keeps a person waiting, or does not")
  func whoOpens() {
    let waiting = Gate.Name.allCases.filter(\.waitsForPersonOrClock)
    #expect(waiting.sorted() == [.budget, .hours, .paused])
  }
}

extension Gate.Name: Comparable {
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
