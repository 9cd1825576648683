import Testing

@testable import CSMCore

@Suite("A gate")
struct GateTests {
  @Test("of the key closes after three refusals in a row, and no attempt is used up")
  func key() {
    var night = Night(jobs: 8)
    night.round()
    for id in 1...2 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    #expect(night.gates.isEmpty)
    for id in 3...8 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    #expect(night.gates.keys.sorted() == [.auth])
    #expect(night.count(.queued) == 8)
    #expect(night.table.values.allSatisfy { $0.submits == 0 && $0.attempts == 0 })
    #expect(night.spent == .zero)
    #expect(night.next()?.words == ["probe"])
    #expect(night.now == .evening + .seconds(1))
  }

  @Test("of the account closes after refusals for twenty seconds, with none accepted between")
  func lock() {
    var night = Night(jobs: 20)
    var shutAt: Timestamp?
    night.play(until: .evening + .seconds(60)) { action, now in
      guard case .step(_, let job) = action else {
        shutAt = shutAt ?? now
        return (.zero, .probed(.locked(.sample)))
      }
      return (.zero, .done(job.id, generation: job.generation, .submit(.gated(.balance, .sample))))
    }
    #expect(shutAt.map { (20...30).contains($0.since(.evening).seconds) } == true)
    #expect(night.gates.keys.sorted() == [.balance])
    #expect(night.moves.count { $0.cause == .claimed } < 60)
    #expect(night.spent == .zero)
  }

  @Test("of the account stays open while a lock comes and goes, and no line waits for long")
  func flappingLock() {
    var generator = SeededGenerator(seed: 7)
    var night = Night(jobs: 500)
    night.play(until: .evening + .seconds(3600)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit:
          generator.share() < 0.3
            ? .submit(.gated(.balance, .sample)) : .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 0.3))
        case .collect: .collect(.audio(result: "{}", units: nil))
        default: .fetch(.stored(.sample))
        }
      return (.milliseconds(300), .done(job.id, generation: job.generation, outcome))
    }
    #expect(night.count(.stored) == 500)
    #expect(night.now.since(.evening) < .seconds(180), "\(night.now.since(.evening).seconds) s")
    #expect(night.gates.isEmpty)
  }

  @Test("is looked at after a second, and then after ever longer gaps up to the longest")
  func probes() {
    var night = Night(jobs: 3)
    night.round()
    for id in 1...3 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    var gaps: [Int64] = []
    for _ in 0..<11 {
      let before = night.now
      #expect(night.next()?.words == ["probe"])
      gaps.append(night.now.since(before).milliseconds / 1000)
      night.round(.probed(.unauthorized(.sample)))
    }
    #expect(gaps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    #expect(night.gates[.auth]?.since == .evening)
  }

  @Test("of a locked account with money on it is looked at every minute at least")
  func fundedLock() {
    var limits = Dispatcher.Limits()
    limits.balanceGap = .seconds(300)
    var night = Night(jobs: 3, limits: limits)
    var looks: [Timestamp] = []
    night.play(until: .evening + .seconds(1200)) { action, now in
      switch action {
      case .readAccount:
        return (.zero, .account(Account(balance: Money(microDollars: 5_000_000), readAt: now)))
      case .step(_, let job):
        return (
          .zero, .done(job.id, generation: job.generation, .submit(.gated(.balance, .sample)))
        )
      default:
        looks.append(now)
        return (.zero, .probed(.fine))
      }
    }
    let gaps = zip(looks, looks.dropFirst()).map { $1.since($0).seconds }
    #expect(looks.count > 15)
    #expect((gaps.max() ?? 0) < 62, "\(gaps)")
  }

  @Test("that a probe opened lets one submit try before the others go on")
  func trial() {
    var night = Night(jobs: 20)
    night.round()
    // Two more leave before the third refusal closes the gate.
    for id in 1...10 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    #expect(night.next()?.words == ["probe"])
    let tries = night.round(.probed(.fine))
    #expect(night.gates.isEmpty)
    #expect(tries.count == 1)
    guard case .step(.submit, let first)? = tries.first else {
      Issue.record("nothing is tried")
      return
    }
    // The key is still refused: the next probe comes after twice the gap.
    night.answer(first.id, .submit(.gated(.auth, .sample)))
    let closedAt = night.now
    #expect(night.next()?.words == ["probe"])
    #expect(night.now.since(closedAt) == .seconds(2))
    let again = night.round(.probed(.fine))
    guard case .step(.submit, let second)? = again.first ?? night.next()?.first else {
      Issue.record("nothing is tried")
      return
    }
    #expect(night.answer(second.id, .submit(.accepted(.sample(second.id)))).count > 1)
  }

  @Test("that is closed lets paid work go on")
  func paidWork() {
    var night = Night(jobs: 3)
    night.round()
    night.answer(1, .submit(.accepted(.sample(1))))
    night.answer(2, .submit(.later(.sample, retryAfter: .seconds(3600))))
    #expect(night.gates.keys.sorted() == [.rate])
    #expect(night.next()?.words == ["poll 1"])
    night.answer(1, .poll(.completed(seconds: 1)))
    #expect(night.answer(1, .collect(.audio(result: "{}", units: nil))).words == ["fetch 1"])
    night.answer(1, .fetch(.stored(.sample)))
    #expect(night.state(1) == .stored)
  }

  @Test("of an outage closes after three failures, looks after a second, and opens at any answer")
  func outage() {
    var night = Night(jobs: 8)
    night.round()
    night.answer(1, .submit(.accepted(.sample(1))))
    for id in 2...3 { night.answer(Int64(id), .submit(.notSent(.sample))) }
    #expect(night.gates.isEmpty)
    night.answer(4, .submit(.notSent(.sample)))
    #expect(night.gates.keys.sorted() == [.outage])
    #expect(night.gates[.outage]?.probeAt == night.now + .seconds(1))
    night.round(.probed(.unreachable(.sample)))
    #expect(night.gates[.outage]?.probeAt == night.now + .seconds(2))
    while night.next()?.words.contains("poll 1") == false {}
    night.answer(1, .poll(.inProgress))
    #expect(night.gates.isEmpty)
  }

  @Test("of an outage is closed by submits without an answer, whatever else fal answers")
  func submitsOnly() {
    var night = Night(jobs: 200)
    var lost = 0
    night.play(until: .evening + .seconds(1200)) { action, now in
      switch action {
      case .step(.submit, let job) where job.id > 2:
        lost += 1
        return (.zero, .done(job.id, generation: job.generation, .submit(.unclear(.sample))))
      case .step(.submit, let job):
        let ticket = Ticket.sample(job.id, at: now)
        return (.zero, .done(job.id, generation: job.generation, .submit(.accepted(ticket))))
      case .step(_, let job):
        return (.zero, .done(job.id, generation: job.generation, .poll(.inProgress)))
      case .list: return (.zero, .listed([]))
      default: return (.zero, .probed(.fine))
      }
    }
    #expect((5...25).contains(lost), "\(lost) lines in doubt")
  }

  @Test("of an outage takes the failure of one upload, for which many waited, for one sign")
  func sharedUpload() {
    var night = Night(jobs: 8)
    night.round()
    for id in 1...8 { night.answer(Int64(id), .submit(.notReady(.sample))) }
    #expect(night.gates.isEmpty)
    #expect(night.count(.queued) == 8)
    var outage = Outage()
    for second in 1...3 {
      let isOut = outage.isOut(isTrial: false)
      #expect(!isOut)
      for _ in 1...8 { outage.note(shared: "x", at: .evening + .seconds(Int64(second))) }
    }
    let isOut = outage.isOut(isTrial: false)
    #expect(isOut)
  }

  @Test("closes for a refusal that meets every submit, and fails none of them for it")
  func deniedToAll() {
    var night = Night(jobs: 100)
    night.play(until: .evening + .seconds(600)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit where now < .evening + .seconds(5): .submit(.denied(.sample))
        case .submit: .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 0.3))
        case .collect: .collect(.audio(result: "{}", units: nil))
        default: .fetch(.stored(.sample))
        }
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    #expect(night.count(.stored) == 100)
    #expect(night.now.since(.evening) < .seconds(60))
  }

  @Test("fails the one job that is refused while others pass")
  func deniedToOne() {
    var night = Night(jobs: 100)
    night.play(until: .evening + .seconds(600)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome =
        switch step {
        case .submit where job.id == 3: .submit(.denied(.sample))
        case .submit: .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 10))
        case .collect: .collect(.audio(result: "{}", units: nil))
        default: .fetch(.stored(.sample))
        }
      return (.seconds(2), .done(job.id, generation: job.generation, outcome))
    }
    #expect(night.count(.stored) == 99)
    #expect(night.state(3) == .failed)
    #expect(night.gates.isEmpty)
  }

  @Test("of the key is tried ever more rarely where submits alone are refused")
  func submitsAloneRefused() {
    var night = Night(jobs: 500)
    var refused = 0
    night.play(until: .evening + .seconds(600)) { action, now in
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let outcome: Dispatcher.StepOutcome
      if step.call == .submit, job.id > 2 {
        refused += 1
        outcome = .submit(.gated(.auth, .sample))
      } else if step.call == .submit {
        outcome = .submit(.accepted(.sample(job.id, at: now)))
      } else {
        outcome = .poll(.inProgress)
      }
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    #expect(refused < 40, "\(refused) submits were refused")
    #expect(night.count(.failed) == 0)
  }

  @Test("keeps the floor on the account, and opens when there is more")
  func floor() {
    var limits = Dispatcher.Limits()
    limits.balanceGap = .seconds(300)
    limits.balanceFloor = Money(microDollars: 5000)
    var night = Night(jobs: 40, limits: limits)
    var balance = Money(microDollars: 5000 + Job.cost.microDollars * 10)
    let end = Timestamp.evening + .seconds(1800)
    var spentAt: [Timestamp: Money] = [:]
    night.play(until: end) { action, now in
      guard case .step(let step, let job) = action else {
        if now > .evening + .seconds(900) { balance = Money(microDollars: 1_000_000) }
        // fal's figure knows nothing of the last minutes.
        let late = spentAt.filter { $0.key >= now - Account.lag }.values.reduce(.zero, +)
        let left = balance - spentAt.values.reduce(.zero, +) + late
        return (.zero, .account(Account(balance: left, readAt: now, unbilled: late)))
      }
      let outcome: Dispatcher.StepOutcome
      switch step {
      case .submit:
        spentAt[now, default: .zero] = spentAt[now, default: .zero] + Job.cost
        outcome = .submit(.accepted(.sample(job.id, at: now)))
      case .poll: outcome = .poll(.completed(seconds: 0.3))
      case .collect: outcome = .collect(.audio(result: "{}", units: nil))
      default: outcome = .fetch(.stored(.sample))
      }
      return (.milliseconds(100), .done(job.id, generation: job.generation, outcome))
    }
    let early = spentAt.filter { $0.key < .evening + .seconds(900) }.values.reduce(.zero, +)
    #expect(early == Money(microDollars: Job.cost.microDollars * 10))
    #expect(night.count(.stored) == 40)
    #expect(night.gates.isEmpty)
  }

  @Test("of an outage is not closed by what leaving cuts off")
  func cutOff() {
    var night = Night(jobs: 8)
    night.round()
    night.round(.stop)
    for id in 1...8 { night.answer(Int64(id), .submit(.notSent(.sample))) }
    #expect(night.gates.isEmpty)
  }

  @Test("of an outage stays open where failures are far between, or others get answers")
  func noOutage() {
    var outage = Outage()
    for _ in 1...2 { outage.note(at: .evening) }
    outage.isAnswered()
    outage.note(at: .evening + .seconds(61))
    var isOut = outage.isOut(isTrial: false)
    #expect(!isOut)
    outage.isOver()
    for second in [0, 61, 122] { outage.note(at: .evening + .seconds(Int64(second))) }
    isOut = outage.isOut(isTrial: false)
    #expect(!isOut)
  }

  @Test(
    "of the rate waits as long as fal asks, within an hour",
    arguments: [(Duration.seconds(120), 120.0...121), (.seconds(1 << 40), 3600...3601)])
  func retryAfter(_ asked: Duration, _ range: ClosedRange<Double>) {
    var night = Night(jobs: 2)
    night.round()
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
    night.round()
    for id in 1...8 { night.answer(Int64(id), .submit(.later(.sample, retryAfter: nil))) }
    #expect(night.next()?.isEmpty == false)
    #expect(night.now.since(.evening) <= .seconds(2))
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
        case .submit where job.id == 1: .submit(.gated(.auth, .sample))
        case .submit: .submit(.accepted(.sample(job.id, at: now)))
        case .poll: .poll(.completed(seconds: 1))
        case .collect: .collect(.audio(result: "{}", units: nil))
        default: .fetch(.stored(.sample))
        }
      if job.id == 20, step.call == .fetch { othersStored = now }
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
        .zero, .done(job.id, generation: job.generation, .submit(.gated(.auth, .sample)))
      )
    }
    #expect(night.count(.queued) == 3)
  }

  @Test("of the day's money closes before the first cent too many, until midnight")
  func budget() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 3 + 299)
    var night = Night(jobs: 20, limits: limits)
    #expect(night.round().count == 3)
    #expect(night.gates.keys.sorted() == [.budget])
    #expect(night.gates[.budget]?.probeAt == Timestamp(rfc3339: "2026-11-24T00:00:00Z"))
    #expect(night.pass(.seconds(5 * 3600 - 1)).isEmpty)
    #expect(night.spent.microDollars == Job.cost.microDollars * 3)
  }

  @Test("of the day's money opens when what was set aside turns out not to be spent")
  func settledBudget() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 3 + 299)
    var night = Night(jobs: 20, limits: limits)
    #expect(night.round().count == 3)
    night.answer(1, .submit(.rejected(.sample)))
    #expect(night.next()?.words == ["submit 4"])
    #expect(night.now.since(.evening) < .seconds(1))
    #expect(night.spent.microDollars == Job.cost.microDollars * 3)
    #expect(night.gates.keys.sorted() == [.budget])
  }

  @Test("of the day's money opens when a person raises the budget")
  func newBudget() {
    var limits = Dispatcher.Limits()
    limits.budget = .zero
    var night = Night(jobs: 2, limits: limits)
    #expect(night.round().isEmpty)
    #expect(night.gates.keys.sorted() == [.budget])
    limits.budget = Money(microDollars: 1_000_000)
    night.dispatcher.adopt(rules: .usual, limits: limits)
    #expect(night.round().words == ["submit 1", "submit 2"])
    #expect(night.gates.isEmpty)
  }

  @Test("of the hours opens at the minute at which they begin")
  func hours() {
    var limits = Dispatcher.Limits()
    limits.hours = Hours("22:00-06:00")
    var night = Night(jobs: 1, limits: limits)
    #expect(night.round().isEmpty)
    #expect(night.next()?.words == ["submit 1"])
    #expect(night.now == Timestamp(rfc3339: "2026-11-23T22:00:00Z"))
  }

  @Test("that a person closed is opened by a person only")
  func paused() {
    var night = Night(jobs: 1)
    #expect(night.round(.control(night.control(paused: true))).isEmpty)
    #expect(night.pass(.seconds(86_400)).isEmpty)
    #expect(night.round(.control(night.control())).words == ["submit 1"])
  }

  @Test("of the disk stops downloads too, and opens when there is room again")
  func disk() {
    let rows = (1...2).map { Job.standing($0, .completed(.sample($0), result: "{}")) }
    var night = Night(recovering: rows)
    night.round()
    #expect(night.answer(1, .fetch(.diskFull(.sample))).isEmpty)
    night.answer(2, .fetch(.diskFull(.sample)))
    #expect(night.state(1) == .completed)
    #expect(night.next()?.words == ["check disk"])
    #expect(night.round(.freeBytes(1 << 20)).isEmpty)
    #expect(night.next()?.words == ["check disk"])
    #expect(night.round(.freeBytes(1 << 40)).words == ["fetch 1", "fetch 2"])
  }

  @Test("that a probe just opened stays open, although the table still shows it closed")
  func staleRow() {
    var night = Night(jobs: 3)
    night.round()
    for id in 1...3 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    #expect(night.next()?.words == ["probe"])
    night.round(.probed(.fine), .control(night.control()))
    #expect(night.gates.isEmpty)
  }

  @Test("says nothing about the key or the account when fal cannot be reached")
  func unreachable() {
    var night = Night(jobs: 3)
    night.round()
    for id in 1...3 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    _ = night.next()
    night.round(.probed(.unreachable(.sample)))
    #expect(night.gates.keys.sorted() == [.auth])
    _ = night.next()
    night.round(.probed(.locked(.sample)))
    #expect(night.gates.keys.sorted() == [.balance])
  }

  @Test("keeps a person waiting, or does not")
  func whoOpens() {
    let waiting = Gate.Name.allCases.filter(\.waitsForPersonOrClock)
    #expect(waiting.sorted() == [.audio, .budget, .hours, .paused])
  }
}

extension Gate.Name: Comparable {
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
