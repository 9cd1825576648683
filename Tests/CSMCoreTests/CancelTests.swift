import Testing

@testable import CSMCore

@Suite("A wish to cancel")
struct CancelTests {
  static let wish: Set<Job.ID> = [1]

  @Test("a wish to cancel a POST on its way waits for the answer, and then reaches fal")
  func submitting() {
    var night = Night(jobs: 1)
    night.round()
    #expect(night.round(.control(night.control(cancelWanted: Self.wish))).isEmpty)
    #expect(night.answer(1, .submit(.accepted(.sample(1)))).words == ["cancel 1"])
    night.answer(1, .cancel(.acknowledged))
    #expect(night.next()?.words == ["poll 1"])
    night.answer(1, .poll(.completed(seconds: nil)))
    night.answer(1, .collect(.cancelled(.sample)))
    #expect(night.state(1) == .cancelled)
    #expect(night.spent == .zero)
  }

  @Test("a due job that somebody cancelled is not sent, and leaves its place to another at once")
  func due() {
    var dispatcher = Dispatcher(rules: .usual, limits: .init(), seed: 1)
    let cancelled = Job.standing(1, .queued(due: .evening), cancelWanted: true)
    dispatcher.claim(DueJobs(jobs: [cancelled], nextDue: nil), spent: .zero, at: .evening)
    #expect(dispatcher.changes().moves.map(\.cause) == [.cancelledByPerson])
    #expect(dispatcher.nextDue == .evening + .milliseconds(1))
  }

  @Test(
    "a wish to cancel a POST that was not accepted takes effect at once",
    arguments: [
      SubmitOutcome.notSent(.sample), .later(.sample, retryAfter: nil), .gated(.auth, .sample),
    ])
  func refused(_ outcome: SubmitOutcome) {
    var night = Night(jobs: 1)
    night.round()
    night.round(.control(night.control(cancelWanted: Self.wish)))
    night.answer(1, .submit(outcome))
    #expect(night.state(1) == .cancelled)
    #expect(night.moves.last?.cause == .cancelledByPerson)
    #expect(night.spent == .zero)
  }

  @Test(
    "a wish to cancel a lost submit is decided by one more look: fal is told, or it is given up")
  func unknown() {
    for isFound in [true, false] {
      var night = Night(jobs: 1)
      night.round()
      night.answer(1, .submit(.unclear(.sample)))
      night.round(.control(night.control(cancelWanted: Self.wish)))
      if isFound {
        _ = night.next()
        #expect(night.round(.listed([SearchTests.listed(1, "a")])).words == ["cancel 1"])
      } else {
        #expect(night.next()?.words == ["list"])
        night.round(.listed([]))
        #expect(night.state(1) == .cancelled)
        #expect(night.moves.last?.cause == .cancelledByPerson)
        #expect(night.moves.last?.problem?.message.contains("may have spoken and billed") == true)
        #expect(night.spent == Job.cost)
      }
    }
  }

  @Test(
    "a wish to cancel a request at fal is asked for, also after a crash",
    arguments: [JobState.inQueue(.sample(1)), .inProgress(.sample(1))])
  func atFal(_ state: JobState) {
    var night = Night(recovering: [.standing(1, state)])
    night.round()
    night.round(.control(night.control(cancelWanted: Self.wish)))
    #expect(night.answer(1, .poll(.inProgress)).words == ["cancel 1"])
    var restarted = Night(recovering: [.standing(1, state, cancelWanted: true)])
    #expect(restarted.round().words == ["cancel 1"])
  }

  @Test("a wish to cancel that comes too late keeps the audio, which was paid for")
  func tooLate() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)), cancelWanted: true)])
    night.round()
    night.answer(1, .cancel(.tooLate))
    #expect(night.next()?.words == ["poll 1"])
    night.answer(1, .poll(.completed(seconds: nil)))
    night.answer(1, .collect(.audio(result: "{}", units: nil)))
    night.answer(1, .fetch(.stored(.sample)))
    #expect(night.state(1) == .stored)
  }

  @Test("is told to fal some times where no answer comes, and the status goes on")
  func noAnswer() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)), cancelWanted: true)])
    var words = night.round().words
    for _ in 0..<Dispatcher.cancelTries {
      night.answer(1, .cancel(.later(.sample)))
      words += night.next()?.words ?? []
    }
    #expect(words.count { $0 == "cancel 1" } == Dispatcher.cancelTries)
    #expect(words.last == "poll 1")
  }

  @Test("is fulfilled when fal took note and then does not know the id any more")
  func goneAfterwards() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)), cancelWanted: true)])
    night.round()
    night.answer(1, .cancel(.acknowledged))
    _ = night.next()
    night.answer(1, .poll(.missing(.sample)))
    #expect(night.state(1) == .cancelled)
  }

  @Test("does not send a job again that failed in passing")
  func failed() {
    var night = Night(recovering: [.standing(1, .inProgress(.sample(1)), cancelWanted: true)])
    night.round()
    night.answer(1, .cancel(.tooLate))
    _ = night.next()
    night.answer(1, .poll(.completed(seconds: nil)))
    for _ in 0..<Dispatcher.looksMin {
      night.answer(1, .collect(.failed(.byModel)))
      _ = night.next()
    }
    #expect(night.state(1)?.isEnded == true)
  }

  @Test("reaches fal although its status cannot be read")
  func unreadStatus() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    #expect(night.round().words == ["poll 1"])
    night.round(.control(night.control(cancelWanted: Self.wish)))
    night.answer(1, .poll(.later(.sample, retryAfter: nil)))
    #expect(night.next()?.words == ["cancel 1"])
  }
}
