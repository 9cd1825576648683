import Testing

@testable import CSMCore

@Suite("The dispatcher")
struct DispatcherTests {
  @Test("takes a job its whole way, each step after the last is durable")
  func wholeWay() {
    var night = Night(jobs: 1)
    #expect(night.round().words == ["submit 1"])
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
    night.round()
    night.round(.done(1, generation: 0, .submit(.accepted(.sample(1)))))
    #expect(night.state(1) == .submitting)
    night.answer(1, .submit(.accepted(.sample(1))))
    night.answer(1, .submit(.unclear(.sample)))
    night.round(.done(2, generation: 1, .submit(.unclear(.sample))))
    #expect(night.state(1) == .inQueue)
    #expect(night.moves.count == 2)
  }

  @Test("does nothing about a job that somebody else moved, and forgets it")
  func missedGuard() {
    var night = Night(jobs: 1)
    let cancelled = night.table[1]!.cancelledByPerson().after
    let room = night.dispatcher.room(at: night.now, offset: { _ in .zero })
    #expect(room > 0)
    night.dispatcher.claim(
      DueJobs(jobs: Array(night.table.values), nextDue: nil), spent: .zero, at: night.now)
    night.table[1] = cancelled
    #expect(night.round().isEmpty)
    #expect(night.dispatcher.isIdle)
    #expect(night.state(1) == .cancelled)
    #expect(night.moves.isEmpty)
  }

  @Test("has no more POSTs out at once than may be in doubt after a crash")
  func submitsMax() {
    var night = Night(jobs: 100)
    #expect(night.round().count == Dispatcher.submitsMin)
    #expect(night.pass(.seconds(3600)).isEmpty)
    #expect(night.answer(1, .submit(.accepted(.sample(1)))).words == ["submit 9"])
  }

  @Test(
    "lets more be sent at once in a wide window, within bounds",
    arguments: [(8, 8), (64, 8), (128, 24), (320, 64), (1024, 64)])
  func submitsInWindow(_ window: Int, _ most: Int) {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = window
    var night = Night(jobs: 100, limits: limits)
    #expect(night.round().count == most)
  }

  @Test("has no more requests at fal than the settings allow")
  func inFlightMax() {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 3
    var night = Night(jobs: 9, limits: limits)
    #expect(night.round().words == ["submit 1", "submit 2", "submit 3"])
    for id in 1...3 as ClosedRange<Job.ID> {
      #expect(night.answer(id, .submit(.accepted(.sample(id)))).isEmpty)
    }
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
    night.round()
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
    night.round()
    for id in 1...3 as ClosedRange<Job.ID> { night.answer(id, .submit(.accepted(.sample(id)))) }
    night.pass(.seconds(5))
    for id in 1...3 { night.answer(Int64(id), .poll(.completed(seconds: nil))) }
    #expect(night.answer(1, .collect(.long)).words == ["collectLong 1"])
    #expect(night.answer(2, .collect(.long)).isEmpty)
    #expect(night.answer(1, .collect(.audio(result: long, units: nil))).words == ["fetch 1"])
    #expect(night.answer(3, .collect(.audio(result: "{}", units: nil))).words == ["fetch 3"])
    #expect(night.pass(.seconds(60)).isEmpty)
    #expect(night.answer(1, .fetch(.stored(.sample))).words == ["collectLong 2"])
  }

  @Test("begins with long results that wait in the table one by one, and with others beside them")
  func recoveredLongResults() {
    var night = Night(
      recovering: (1...4).map {
        .standing($0, .completed(.sample($0), result: $0 < 4 ? nil : "{}"))
      })
    #expect(night.round().words == ["fetch 1", "fetch 4"])
    #expect(night.answer(1, .fetch(.stored(.sample))).words == ["fetch 2"])
    // What has to be tried again keeps no other one waiting.
    #expect(night.answer(2, .fetch(.later(.sample, retryAfter: .seconds(60)))).words == ["fetch 3"])
    #expect(night.answer(3, .fetch(.refused(.sample))).isEmpty)
    #expect(night.table[3]?.state == .held(.sample(3), result: nil))
    #expect(night.pass(.seconds(90)).words == ["fetch 2"])
  }

  @Test("a long result is not kept in memory once it is durable")
  func longResultInTable() {
    var night = Night(jobs: 1)
    night.round()
    night.answer(1, .submit(.accepted(.sample(1))))
    night.pass(.seconds(5))
    night.answer(1, .poll(.completed(seconds: nil)))
    night.answer(1, .collect(.long))
    let long = String(repeating: "x", count: CollectOutcome.bytesMax + 1)
    night.answer(1, .collect(.audio(result: long, units: nil)))
    #expect(night.table[1]?.state == .completed(.sample(1), result: long))
    #expect(night.dispatcher.active[1]?.job.state == .completed(.sample(1), result: nil))
  }

  @Test("sends a deferred job again when it is due, although the line was read before it came back")
  func deferredWhileClaiming() {
    var night = Night(jobs: 2)
    night.dispatcher.take(
      .control(.init(gates: [], cancelWanted: [], nextDue: night.now)), at: .evening)
    night.table[2]?.state = .queued(due: .evening + .seconds(1))
    #expect(night.round().words == ["submit 1"])
    night.now = .evening + .seconds(1)
    #expect(night.answer(1, .submit(.notSent(.sample))).words == ["submit 2"])
    night.answer(2, .submit(.accepted(.sample(2))))
    #expect(night.pass(.seconds(3)).words.contains("submit 1"))
  }

  @Test("keeps what it knows is due, although the table was read before that was durable")
  func deferredWhileReading() {
    var night = Night(jobs: 1)
    night.round()
    let control = night.control()
    #expect(control.nextDue == nil)
    night.round(
      .done(1, generation: 1, .submit(.notSent(.sample))), .control(control))
    #expect(night.next()?.words == ["submit 1"])
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
    #expect(night.round().count == DownloadPlaces.fewest)
    #expect(night.dispatcher.nextWake(after: night.now) == nil)
    #expect(night.answer(3, .fetch(.stored(.sample))).words == ["fetch 9"])
  }

  @Test(
    "waits for more events no longer than an eighth of the model's time",
    arguments: [(0.1, 25), (0.8, 100), (10, 250)])
  func batchDelay(seconds: Double, milliseconds: Int) {
    let rows = (1...70).map { Job.standing($0, .inProgress(.sample($0))) }
    var night = Night(recovering: rows)
    night.dispatcher.work.note(seconds)
    #expect(night.dispatcher.batchDelay == .milliseconds(milliseconds))
  }

  @Test("is crowded while others wait for a place among the POSTs or downloads")
  func crowd() {
    let places = Dispatcher.submitsMin
    for (jobs, isCrowded) in [(places - 1, false), (places, false), (places + 1, true)] {
      var posts = Night(jobs: jobs)
      #expect(!posts.dispatcher.isCrowded)
      posts.round()
      #expect(posts.dispatcher.isCrowded == isCrowded, "\(jobs) POSTs")
      var downloads = Night(
        recovering: (1...Int64(jobs)).map { .standing($0, .completed(.sample($0), result: "{}")) })
      downloads.round()
      #expect(downloads.dispatcher.isCrowded == isCrowded, "\(jobs) downloads")
    }
  }

  @Test("looks at once whether it can claim what has just come into the line")
  func news() {
    var night = Night(jobs: 1)
    let due = night.now
    night.round()
    night.now = night.now + .seconds(1)
    night.dispatcher.take(
      .control(.init(gates: [], cancelWanted: [], nextDue: due)), at: night.now)
    #expect(night.dispatcher.nextWake(after: night.now) == due)
    _ = night.dispatcher.room(at: night.now, offset: { _ in .zero })
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
    night.round()
    night.answer(1, .submit(.accepted(.sample(1))))
    #expect(night.round(.stop).isEmpty)
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
    #expect((night.round() + night.pass(.seconds(1))).words == [action])
    #expect(night.state(1) == after)
    night.round(.recovered([.standing(1, state)], unsent: []))
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
    #expect(night.round().isEmpty)
  }
}
