import Testing

@testable import CSMCore

@Suite("Requests that do not come to an end")
struct AsideTests {
  /// Plays a night in which `answer` says what comes of each step but a submit; nil for the usual.
  private func play(
    _ night: inout Night, for length: Duration,
    _ answer: (Dispatcher.Step, Job, Timestamp) -> Dispatcher.StepOutcome?
  ) {
    night.play(until: .evening + length) { step, job, now in
      step.call == .submit ? nil : answer(step, job, now)
    }
  }

  @Test(
    "in progress, or waiting, for ever: the others go on, and these are held in the end",
    arguments: [true, false])
  func endless(isInQueue: Bool) {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 8
    var night = Night(jobs: 200, limits: limits)
    var storedAt: Timestamp?
    play(&night, for: .seconds(2 * 86_400)) { step, job, now in
      if job.id % 5 == 0 {
        return .poll(isInQueue ? .inQueue : .inProgress)
      }
      if step.call == .fetch { storedAt = now }
      return nil
    }
    #expect(night.count(.stored) == 160)
    #expect(night.count(.held) == 40)
    let last = storedAt?.since(.evening) ?? .zero
    #expect(last < .seconds(1200), "the last was stored after \(last.seconds) s")
    let end = night.now.since(.evening)
    // Nobody overtakes the last one in the queue.
    let bound: Duration = isInQueue ? .seconds(25 * 3600) : .seconds(4 * 3600)
    #expect(end < bound, "the last was held after \(end.seconds) s")
    #expect(night.moves.filter { $0.after.state.name == .held }.allSatisfy { $0.charge == nil })
  }

  @Test("all of them: no more than a hundred are paid for")
  func allEndless() {
    var night = Night(jobs: 1000)
    play(&night, for: .seconds(9000)) { _, _, _ in .poll(.inProgress) }
    let submits = night.moves.count { $0.cause == .claimed }
    let expected = Dispatcher.asideMax...Dispatcher.asideMax + 64
    #expect(expected.contains(submits), "\(submits) were paid for")
  }

  /// An outcome of a call that says nothing about the request.
  struct Unusable: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let call: Call
    let outcome: Dispatcher.StepOutcome

    init(_ name: String, _ call: Call, _ outcome: Dispatcher.StepOutcome) {
      testDescription = name
      self.call = call
      self.outcome = outcome
    }
  }

  static let unusable = [
    Unusable("an unknown status", .poll, .poll(.unreadable(.sample))),
    Unusable("no answer of use", .poll, .poll(.later(.sample, retryAfter: nil))),
    Unusable("refused", .poll, .poll(.gated(.auth, .sample))),
    Unusable("locked", .poll, .poll(.gated(.balance, .sample))),
    Unusable("a result in HTML", .collect, .collect(.later(.sample, retryAfter: nil))),
    Unusable("a locked result", .collect, .collect(.gated(.balance, .sample))),
    Unusable("a result that is not yet there", .collect, .collect(.notYet)),
  ]

  @Test("one whose calls get no answer of use is held, and the others go on", arguments: unusable)
  func unanswered(_ answer: Unusable) {
    var night = Night(jobs: 100)
    var asked = 0
    play(&night, for: .seconds(86_400)) { step, job, _ in
      guard step.call == answer.call, job.id == 7 else { return nil }
      asked += 1
      return answer.outcome
    }
    #expect(night.count(.stored) == 99)
    #expect(night.state(7) == .held)
    #expect(night.now.since(.evening) < .seconds(4 * 3600))
    #expect(asked < 300)
  }

  @Test("statuses that say nothing, of all requests, end within two hours")
  func allUnreadable() {
    var night = Night(jobs: 20)
    play(&night, for: .seconds(86_400)) { _, _, _ in .poll(.unreadable(.sample)) }
    #expect(night.count(.held) == 20)
    #expect(night.now.since(.evening) < .seconds(7200))
  }

  @Test("an outage of hours holds nothing")
  func outage() {
    var night = Night(jobs: 50)
    play(&night, for: .seconds(86_400)) { step, _, now in
      let hours = now.since(.evening).seconds / 3600
      if (0.01..<8).contains(hours) { return .poll(.later(.sample, retryAfter: nil)) }
      return nil
    }
    #expect(night.count(.stored) == 50)
  }

  @Test("is told in the job's row while it lasts")
  func notices() {
    var night = Night(jobs: 2)
    play(&night, for: .seconds(1200)) { step, job, now in
      if job.id == 1, now < .evening + .seconds(600), step.call == .poll {
        return .poll(.later(.sample, retryAfter: nil))
      }
      if job.id == 1, now < .evening + .seconds(700), step.call == .poll {
        return .poll(.inQueue)
      }
      return nil
    }
    #expect(night.count(.stored) == 2)
    #expect(night.notices.map(\.job) == [1, 1])
    #expect(night.notices.map(\.notice.problem) == [.sample, nil])
  }

  static let unreadable: [CollectOutcome] = [
    .later(.sample, retryAfter: nil), .failed(.doubtful), .missing(.sample), .unreadable(.sample),
    .gated(.auth, .sample),
  ]

  @Test("results that cannot be read, all of them: no more is paid for", arguments: unreadable)
  func unreadableResults(_ outcome: CollectOutcome) {
    var night = Night(jobs: 1000)
    play(&night, for: .seconds(1800)) { step, _, _ in
      step.call == .collect ? .collect(outcome) : nil
    }
    let submits = night.moves.count { $0.cause == .claimed }
    #expect(submits <= 64 + 16, "\(submits) were paid for")
  }

  @Test("results that cannot be read for an hour: the night goes on when they can")
  func unreadableForAnHour() {
    var night = Night(jobs: 300)
    play(&night, for: .seconds(3 * 3600)) { step, _, now in
      step.call == .collect && now < .evening + .seconds(3000)
        ? .collect(.later(.sample, retryAfter: nil)) : nil
    }
    #expect(night.count(.stored) == 300)
  }

  @Test("slow downloads leave room for the others, and submits go on")
  func slowDownloads() {
    var night = Night(jobs: 400)
    var storedAt: [Job.ID: Timestamp] = [:]
    play(&night, for: .seconds(2 * 3600)) { step, job, now in
      if step.call == .fetch {
        if job.id % 4 == 0, now < .evening + .seconds(3600) {
          return .fetch(.slow(.sample))
        }
        storedAt[job.id] = now
      }
      return nil
    }
    #expect(night.count(.stored) == 400)
    let fast = storedAt.filter { $0.key % 4 != 0 }.values.max()?.since(.evening) ?? .zero
    #expect(fast < .seconds(120), "the last of the fast ones was stored after \(fast.seconds) s")
  }

  @Test("a download that hardly moves while others come is a person's after half a day")
  func loneSlowDownload() {
    var night = Night(jobs: 3)
    play(&night, for: .seconds(13 * 3600)) { step, job, _ in
      step.call == .fetch && job.id == 2 ? .fetch(.slow(.sample)) : nil
    }
    #expect(night.count(.stored) == 2 && night.state(2) == .held)
  }

  @Test("downloads that all do not move are waited for, for days")
  func allDownloadsSlow() {
    var night = Night(jobs: 3)
    play(&night, for: .seconds(4 * 86_400)) { step, _, _ in
      step.call == .fetch ? .fetch(.slow(.sample)) : nil
    }
    #expect(night.count(.completed) == 3)
  }
}
