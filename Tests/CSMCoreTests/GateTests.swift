import Testing

@testable import CSMCore

@Suite("A gate")
struct GateTests {
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

  @Test("a gate that a probe opened lets one submit try before the others go on")
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

  @Test("a gate that is closed lets paid work go on")
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

  @Test(
    "the outage gate closes after three failures, looks after a second, and opens at any answer"
  )
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

  @Test("after a failed submit, no other leaves while more are on their way, until fal answers")
  func suspicion() {
    var night = Night(jobs: 40)
    night.round()
    let sent = night.count(.submitting)
    #expect(sent > 2 && sent < 40)
    night.answer(1, .submit(.unclear(.sample)))
    night.pass(.milliseconds(500))
    #expect(night.count(.submitting) == sent - 1)
    night.answer(2, .submit(.accepted(.sample(2))))
    night.pass(.milliseconds(500))
    #expect(night.count(.submitting) == sent)
  }

  @Test("an answer that leaves open whether the submit was accepted closes the gate rate, too")
  func busyProxy() {
    var night = Night(jobs: 3)
    night.round()
    let wish = SlowDown(retryAfter: .seconds(600))
    night.answer(1, .submit(.unclear(.sample, slowDown: wish)))
    #expect(night.state(1) == .unknown)
    #expect(night.gates.keys.sorted() == [.rate])
    let wait = night.gates[.rate]?.probeAt?.since(night.now) ?? .zero
    #expect(wait >= .seconds(600) && wait <= .seconds(601))
    var busy = Night(jobs: 300)
    busy.play(until: .evening + .seconds(3600)) { step, _, now in
      step.call == .submit && now < .evening + .seconds(300)
        ? .submit(.unclear(.sample, slowDown: SlowDown(retryAfter: .seconds(60)))) : nil
    }
    // One burst, and then one line for each time that it asks for.
    let lost = 300 - busy.count(.stored)
    #expect(lost <= 16 + 10, "\(lost) lines in doubt")
  }

  @Test("the outage gate is closed by submits without an answer, whatever else fal answers")
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

  @Test("the outage gate takes the failure of one upload, for which many waited, for one sign")
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
    night.play(until: .evening + .seconds(600)) { step, _, now in
      step.call == .submit && now < .evening + .seconds(5) ? .submit(.denied(.sample)) : nil
    }
    #expect(night.count(.stored) == 100)
    #expect(night.now.since(.evening) < .seconds(60))
  }

  @Test("fails the one job that is refused while others pass")
  func deniedToOne() {
    var night = Night(jobs: 100)
    night.play(until: .evening + .seconds(600), delay: .seconds(2)) { step, job, _ in
      step.call == .submit && job.id == 3 ? .submit(.denied(.sample)) : nil
    }
    #expect(night.count(.stored) == 99)
    #expect(night.state(3) == .failed)
    #expect(night.gates.isEmpty)
  }

  @Test("lets the last lines try every few seconds, one at a time, if each of them is refused")
  func deniedAtEnd() {
    var night = Night(jobs: 100)
    var tries: [Timestamp] = []
    night.play(until: .evening + .seconds(12 * 3600), delay: .milliseconds(300)) { step, job, now in
      guard step.call == .submit, job.id > 90 else { return nil }
      tries.append(now)
      return .submit(.denied(.sample))
    }
    #expect(night.count(.stored) == 90 && night.count(.failed) == 10)
    #expect(night.now.since(.evening) < .seconds(600))
    let trials = tries.filter { $0.since(tries[0]) > .seconds(10) }
    #expect(Set(trials).count == trials.count)
  }

  @Test("no line fails when fal refuses all of them for three minutes")
  func deniedForMinutes() {
    var night = Night(jobs: 100)
    let back = Timestamp.evening + .seconds(180)
    night.play(until: .evening + .seconds(3600), delay: .milliseconds(300)) { step, _, now in
      step.call == .submit && now < back ? .submit(.denied(.sample)) : nil
    }
    #expect(night.count(.stored) == 100)
    #expect(night.now.since(back) < .seconds(60))
  }

  @Test("the outage gate is not closed by calls that csmd cuts off when it leaves")
  func cutOff() {
    var night = Night(jobs: 8)
    night.round()
    night.round(.stop)
    for id in 1...8 { night.answer(Int64(id), .submit(.notSent(.sample))) }
    #expect(night.gates.isEmpty)
  }

  @Test("the outage gate stays open where failures are far between, or others get answers")
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
    "the rate gate waits as long as fal asks, within an hour",
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

  @Test("the rate gate opens although nothing else is going on, and a burst counts once")
  func rateAlone() {
    var night = Night(jobs: 8)
    night.round()
    for id in 1...8 { night.answer(Int64(id), .submit(.later(.sample, retryAfter: nil))) }
    #expect(night.next()?.isEmpty == false)
    #expect(night.now.since(.evening) <= .seconds(2))
  }

  @Test("the budget gate closes before the first cent too many, until midnight")
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

  @Test("the budget gate opens when what was set aside turns out not to be spent")
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

  @Test("the budget gate opens when a person raises the budget")
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

  @Test("the hours gate opens at the minute at which they begin")
  func hours() {
    var limits = Dispatcher.Limits()
    limits.hours = Hours("22:00-06:00")
    var night = Night(jobs: 1, limits: limits)
    #expect(night.round().isEmpty)
    #expect(night.next()?.words == ["submit 1"])
    #expect(night.now == Timestamp(rfc3339: "2026-11-23T22:00:00Z"))
  }

  @Test("a gate that a person closed is opened by a person only")
  func paused() {
    var night = Night(jobs: 1)
    #expect(night.round(.control(night.control(paused: true))).isEmpty)
    #expect(night.pass(.seconds(86_400)).isEmpty)
    #expect(night.round(.control(night.control())).words == ["submit 1"])
  }

  @Test("the disk gate stops downloads too, and opens when there is room again")
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

  @Test("a gate that a probe just opened stays open, although the table still shows it closed")
  func staleRow() {
    var night = Night(jobs: 3)
    night.round()
    for id in 1...3 { night.answer(Int64(id), .submit(.gated(.auth, .sample))) }
    #expect(night.next()?.words == ["probe"])
    night.round(.probed(.fine), .control(night.control()))
    #expect(night.gates.isEmpty)
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
