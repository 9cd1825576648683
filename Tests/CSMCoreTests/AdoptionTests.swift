import Testing

@testable import CSMCore

@Suite("A table that may not know what was sent")
struct AdoptionTests {
  @Test(
    "a table whose listing cannot be read says so, and goes on without it when a person says so again"
  )
  func unreadable() {
    var night = Night(jobs: 3)
    night.dispatcher.take(.mayNotKnow(since: .evening), at: night.now)
    readings(&night)
    #expect(night.moves.isEmpty)
    #expect(night.gates.keys.sorted() == [.paused])
    #expect(night.gates[.paused]?.reason.contains("made up") == true)
    #expect(night.dispatcher.isIdle)
    night.gates[.paused] = nil
    #expect(night.round(.control(night.control())).words == ["submit 1", "submit 2", "submit 3"])
  }

  @Test("a copy that is paused already says so too, and then has nothing left to wait for")
  func unreadableCopy() {
    var night = Night(jobs: 3)
    night.dispatcher.take(.mayNotKnow(since: .evening), at: night.now)
    night.dispatcher.take(.control(night.control(paused: true)), at: night.now)
    readings(&night)
    #expect(night.dispatcher.isIdle)
    let reason = night.gates[.paused]?.reason ?? ""
    #expect(reason.hasPrefix("fal's list of requests cannot be read"), "\(reason)")
    #expect(reason.split(separator: "; and: ").count == 2, "\(reason)")
    #expect(reason.hasSuffix("; and: by hand"), "\(reason)")
    night.gates[.paused] = nil
    #expect(night.round(.control(night.control())).words == ["submit 1", "submit 2", "submit 3"])
  }

  @Test("reads the listing at once when the gate is opened")
  func resumed() {
    var night = Night(jobs: 3)
    night.round(.mayNotKnow(since: .evening), .control(night.control(paused: true)))
    night.round(.adopted(.unavailable(.sample)))
    night.round(.adopted(.unavailable(.sample)))
    #expect(night.round(.control(night.control())).words.contains("adopt"))
  }

  @Test("goes on without the listing if an earlier csmd said that it cannot be read")
  func resumedLater() throws {
    var before = Night(jobs: 3)
    before.dispatcher.take(.mayNotKnow(since: .evening), at: before.now)
    readings(&before)
    let told = try #require(before.gates[.paused])
    var night = Night(jobs: 3)
    night.dispatcher.take(.mayNotKnow(since: .evening), at: night.now)
    night.dispatcher.take(
      .control(.init(gates: [told], cancelWanted: [], nextDue: night.table.nextDue())),
      at: night.now)
    var other = night
    other.round(.adopted(.unavailable(.sample)))
    #expect(
      other.round(.control(other.control())).words == ["submit 1", "submit 2", "submit 3"])
    readings(&night)
    #expect(night.dispatcher.closedGates.map(\.reason) == [told.reason])
  }

  @Test(
    "a table whose lines may be requests that cannot be read says so, and sends none before a person does",
    arguments: [true, false])
  func opaque(isPaused: Bool) {
    var night = Night(jobs: 3)
    night.round(.mayNotKnow(since: .evening))
    if isPaused { night.round(.control(night.control(paused: true))) }
    let rows = [
      OpaqueRequest(requestID: "x", sentAt: .evening), OpaqueRequest(requestID: nil, sentAt: nil),
    ]
    #expect(night.round(.adopted(.found([], opaque: rows))).isEmpty)
    let reason = night.gates[.paused]?.reason
    #expect(reason?.hasPrefix("2 requests in fal's list may be lines") == true, "\(reason ?? "")")
    #expect(reason?.hasSuffix("; and: by hand") == isPaused, "\(reason ?? "")")
    night.gates[.paused] = nil
    #expect(night.round(.control(night.control())).words == ["submit 1", "submit 2", "submit 3"])
  }

  @Test("an unreadable row whose request a line has does not close the gate")
  func opaqueOwned() {
    let owner = Ticket(requestID: "owned", acceptedAt: .evening)
    var night = Night(recovering: [.standing(1, .inProgress(owner))])
    night.round(.mayNotKnow(since: .evening))
    night.round(
      .adopted(.found([], opaque: [OpaqueRequest(requestID: "owned", sentAt: .evening)])))
    #expect(night.gates[.paused] == nil)
  }

  @Test("takes over the request that ended well, and each only once")
  func best() {
    func listed(_ id: String, _ seconds: Int64, succeeded: Bool) -> ListedRequest {
      ListedRequest(
        requestID: id, sentAt: .evening + .seconds(seconds), request: Job.waiting(1).request,
        succeeded: succeeded)
    }
    let requests = [
      listed("bad", 0, succeeded: false), listed("late", 20, succeeded: true),
      listed("good", 10, succeeded: true),
    ]
    let takes = [Job.waiting(1), Job.waiting(2)]
    for count in 1...2 {
      let adopted = Reconciliation.adopted(requests) { _ in Array(takes.prefix(count)) }
      #expect(adopted.map(\.request.requestID) == Array(["good", "late"].prefix(count)))
      #expect(adopted.map(\.job.id) == Array(1...Int64(count)))
    }
    #expect(Reconciliation.adopted(requests) { _ in [] }.isEmpty)
  }

  @Test("does not give a request to a second line that a lost submit was just found as")
  func owned() {
    let lost = Job.standing(1, .unknown(intent: .evening, since: .evening))
    var night = Night(recovering: [lost])
    let twin = Job(id: 2, request: lost.request, take: 2, state: .queued(due: .evening))
    night.table[2] = twin
    night.round(.mayNotKnow(since: .evening), .control(night.control()))
    #expect(night.next()?.words == ["list"])
    let shown = SearchTests.listed(1, "a")
    night.round(
      .listed([shown]), .adopted(.found([AdoptedRequest(job: twin, request: shown)])))
    #expect(night.state(1) == .inQueue)
    #expect(night.moves.allSatisfy { $0.cause != .adopted })
  }

  /// Plays ten minutes in which the listing cannot be read.
  private func readings(_ night: inout Night) {
    night.play(until: night.now + .seconds(600)) { action, now in
      guard case .step(let step, let job) = action else {
        if case .adopt = action { return (.seconds(1), .adopted(.unavailable(.sample))) }
        return (.zero, .probed(.fine))
      }
      let outcome: Dispatcher.StepOutcome =
        step.call == .submit
        ? .submit(.accepted(.sample(job.id, at: now))) : .poll(.inQueue)
      return (.seconds(1), .done(job.id, generation: job.generation, outcome))
    }
  }
}
