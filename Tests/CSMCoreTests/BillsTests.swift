import Testing

@testable import CSMCore

@Suite("Bills")
struct BillsTests {
  @Test(
    "above the price let little of a budget out before the first, and nothing after it")
  func billsAboveThePrice() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 100)
    var night = Night(jobs: 100, limits: limits)
    let units = 1000 * 0.01
    var submits = 0
    night.play(until: .evening + .seconds(3600)) { step, _, _ in
      if step.call == .submit { submits += 1 }
      return step.call == .collect ? .collect(.audio(result: "{}", units: units)) : nil
    }
    #expect(submits == Bills.unknownMax)
    #expect(night.gates.keys.sorted() == [.budget])
  }

  @Test("bills as expected are no reason to wait")
  func billsAsExpected() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 100)
    var night = Night(jobs: 100, limits: limits)
    night.play(until: .evening + .seconds(3600)) { step, _, _ in
      step.call == .collect ? .collect(.audio(result: "{}", units: 0.01)) : nil
    }
    #expect(night.count(.stored) == 100)
    #expect(night.now.since(.evening) < .seconds(120))
  }

  @Test("bills that all later ones contradict are forgotten, so that a budget opens again")
  func oneLie() {
    var limits = Dispatcher.Limits()
    limits.budget = Money(microDollars: Job.cost.microDollars * 200)
    var night = Night(jobs: 100, limits: limits)
    let liar = 20
    var bills = 0
    night.play(until: .evening + .seconds(3600)) { step, _, _ in
      guard step.call == .collect else { return nil }
      bills += 1
      return .collect(.audio(result: "{}", units: bills == liar ? 1 : 0.01))
    }
    #expect(night.count(.stored) == 100)
  }

  @Test("raise what is set aside by the highest of the last eight")
  func highest() {
    var bills = Bills()
    let set = Money(microDollars: 1000)
    bills.note(Money(microDollars: 3000), reserved: set)
    #expect(bills.takeRaise() == 3)
    bills.note(Money(microDollars: 6000), reserved: set)
    #expect(bills.takeRaise() == 2)
    for _ in 1..<Bills.latestMax { bills.note(set, reserved: set) }
    #expect(bills.factor == 6)
    bills.note(nil, reserved: set)
    bills.note(.zero, reserved: set)
    #expect(bills.factor == 1)
    #expect(!bills.hasRaise)
  }
}
