import Testing

@testable import CSMCore

@Suite("A lost submit in a person's hands")
struct HeldSearchTests {
  @Test("that is held is looked for on, ever more rarely, and taken over when fal shows it")
  func held() {
    var night = Night()
    let job = Job.standing(1, .held(nil, result: nil))
    night.table[1] = job
    func control() -> Dispatcher.Event {
      .control(
        .init(
          gates: [], cancelWanted: [], held: [.init(job: job, intent: .evening)], nextDue: nil))
    }
    night.round(control())
    var gaps: [Int64] = []
    for _ in 0..<6 {
      let before = night.now
      #expect(night.next()?.words == ["list"])
      gaps.append(night.now.since(before).milliseconds / 60_000)
      night.round(.listed([]))
      night.round(control())
    }
    #expect(gaps == [15, 15, 30, 60, 120, 240])
    #expect(night.next()?.words == ["list"])
    night.round(.listed([SearchTests.listed(1, "a", at: .evening + .seconds(7200))]))
    #expect(night.state(1) == .inQueue)
    #expect(night.table[1]?.attempts == 1)
    #expect(night.next()?.words == ["poll 1"])
  }

  @Test("that a person wants sent again is looked for once more before it is")
  func retried() {
    for isThere in [true, false] {
      var night = Night()
      var job = Job.standing(1, .unknown(intent: .evening, since: .evening))
      job.retryWanted = true
      night.table[1] = job
      night.round(
        .control(.init(gates: [], cancelWanted: [], retried: [job], nextDue: nil)))
      #expect(night.next()?.words == ["list"])
      night.round(.listed(isThere ? [SearchTests.listed(1, "a")] : []))
      #expect(night.table[1]?.retryWanted == false)
      if isThere {
        #expect(night.state(1) == .inQueue)
      } else {
        night.round()
        #expect([.queued, .submitting].contains(night.state(1)))
        #expect(night.table[1]?.attempts == 0)
      }
    }
  }

  @Test("that a person decides about is not given up by a reading that did not look for it")
  func olderReading() {
    var night = SearchTests.lost()
    #expect(night.next()?.words == ["list"])
    var job = Job.standing(2, .unknown(intent: .evening, since: .evening))
    job.retryWanted = true
    night.table[2] = job
    night.round(.control(.init(gates: [], cancelWanted: [], retried: [job], nextDue: nil)))
    night.round(.listed([]))
    #expect(night.state(2) == .unknown)
    #expect(night.next()?.words == ["list"])
    night.round(.listed([SearchTests.listed(2, "b")]))
    #expect(night.state(2) == .inQueue)
  }

  @Test("that a person cancels is looked for once more, although a reading is under way")
  func cancelledWhileRead() {
    var night = SearchTests.lost()
    #expect(night.next()?.words == ["list"])
    night.round(.control(night.control(cancelWanted: [1])))
    night.round(.listed([]))
    #expect(night.state(1) == .unknown)
    #expect(night.next()?.words == ["list"])
    night.round(.listed([]))
    #expect(night.state(1) == .cancelled)
  }

  @Test("is not looked for by the long reading that old held ones need")
  func oldHeld() {
    let old = Timestamp.evening - .seconds(20 * 86_400)
    var night = Night(jobs: 1)
    let held = Job.standing(2, .held(nil, result: nil))
    night.table[2] = held
    night.round(
      .control(
        .init(
          gates: [], cancelWanted: [], held: [.init(job: held, intent: old)], nextDue: .evening)))
    night.answer(1, .submit(.unclear(.sample)))
    var since: [Timestamp] = []
    while night.now < .evening + .seconds(1000), let actions = night.next() {
      for case .list(_, let start, _) in actions {
        since.append(start)
        night.round(.listed([]))
      }
    }
    #expect(since.first == .evening - Reconciliation.clockSkew)
    #expect(since.count { $0 == old - Reconciliation.clockSkew } == 1)
    #expect(night.state(1) == .unknown)
  }

  @Test("that the table still calls held when it was just found is one submit, not two")
  func foundAndHeld() {
    var night = SearchTests.lost()
    let row = Job.standing(1, .held(nil, result: nil))
    night.round(
      .control(
        .init(
          gates: [], cancelWanted: [], held: [.init(job: row, intent: .evening)], nextDue: nil)))
    #expect(night.next()?.words == ["list"])
    night.round(.listed([SearchTests.listed(1, "a")]))
    #expect(night.state(1) == .inQueue)
    #expect(night.table[1]?.attempts == 1)
  }
}
