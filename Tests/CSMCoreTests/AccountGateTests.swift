import Testing

@testable import CSMCore

@Suite("A gate of the key or the account")
struct AccountGateTests {
  @Test("the auth gate closes after three refusals in a row, and no attempt is used up")
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

  @Test(
    "the balance gate closes after refusals for twenty seconds, with none accepted between")
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

  @Test("the balance gate stays open while a lock comes and goes, and no line waits for long")
  func flappingLock() {
    var generator = SeededGenerator(seed: 7)
    var night = Night(jobs: 500)
    night.play(until: .evening + .seconds(3600), delay: .milliseconds(300)) { step, _, _ in
      step.call == .submit && generator.share() < 0.3 ? .submit(.gated(.balance, .sample)) : nil
    }
    #expect(night.count(.stored) == 500)
    #expect(night.now.since(.evening) < .seconds(180), "\(night.now.since(.evening).seconds) s")
    #expect(night.gates.isEmpty)
  }

  @Test("the gate of a locked account that has money is checked at least every minute")
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

  @Test("the auth gate is tried ever more rarely if only submits are refused")
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

  @Test("below the floor, the balance is still read when no line waits any more")
  func floorOfNothing() {
    var limits = Dispatcher.Limits()
    limits.balanceGap = .seconds(300)
    limits.balanceFloor = Money(microDollars: 5000)
    var night = Night(jobs: 1, limits: limits)
    night.round(.account(Account(balance: Money(microDollars: 5000), readAt: night.now)))
    #expect(night.gates.keys.sorted() == [.balance])
    night.table[1]?.state = .cancelled
    night.round(.control(night.control()))
    #expect(night.pass(.seconds(60)).words == ["read account"])
    night.round(.account(Account(balance: Money(microDollars: 9000), readAt: night.now)))
    #expect(night.gates[.balance] == .some(nil))
  }

  @Test(
    "the auth gate that one job alone runs into lets the others pass, and ends with that job")
  func shutToOne() {
    var limits = Dispatcher.Limits()
    limits.gateProbe = .seconds(60)
    var night = Night(jobs: 20, limits: limits)
    var othersStored: Timestamp?
    night.play(until: .evening + .seconds(7200)) { step, job, now in
      if job.id == 20, step.call == .fetch { othersStored = now }
      return step.call == .submit && job.id == 1 ? .submit(.gated(.auth, .sample)) : nil
    }
    #expect(othersStored.map { $0.since(.evening) < .seconds(600) } == true)
    #expect(night.state(1) == .failed)
    #expect(night.count(.stored) == 19)
    #expect(night.gates.isEmpty)
  }

  @Test("the auth gate fails nothing while nothing is accepted, however often it seems to open")
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
}
