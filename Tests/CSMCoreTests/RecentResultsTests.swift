import Testing

@testable import CSMCore

@Suite("Results that come to nothing")
struct RecentResultsTests {
  /// Plays a night before forty runners; `fetch` says what the n-th download of a job comes to.
  private func play(
    _ night: inout Night, hours: Int = 12, wait: Duration = .seconds(5),
    collect: (Job) -> CollectOutcome = { _ in .audio(result: "{}", units: nil) },
    fetch: (Job, Int) -> FetchOutcome
  ) -> (submits: Int, downloads: Int) {
    var submits = 0
    var downloads: [Job.ID: Int] = [:]
    night.play(until: night.now + .seconds(hours * 3600), pollDelay: wait) { step, job, _ in
      switch step {
      case .submit:
        submits += 1
        return nil
      case .collect: return .collect(collect(job))
      case .fetch:
        downloads[job.id, default: 0] += 1
        return .fetch(fetch(job, downloads[job.id, default: 0]))
      case .poll, .cancel: return nil
      }
    }
    return (submits, downloads.values.reduce(0, +))
  }

  static let useless: [(String, @Sendable (Job) -> FetchOutcome, downloadsMax: Int)] = [
    ("the same bytes again", { .damaged(.sample, .sample(UInt64($0.id))) }, 2),
    // Quick looks at first, then one every 30 s at most, for an hour.
    ("no file", { _ in .damaged(.sample) }, 130),
    ("the same page for all", { _ in .damaged(.sample, .sample(1)) }, 130),
    ("a host that is not allowed", { _ in .refused(.sample) }, 1),
  ]

  /// A whole window is out before the first result is there, and a few more follow before enough are bad.
  private static let paidMax = 64 + 13

  @Test("stop the submits when no result of a night can be used", arguments: useless)
  func allUseless(
    _ name: String, _ outcome: @Sendable (Job) -> FetchOutcome, downloadsMax: Int
  ) {
    for wait: Duration in [.milliseconds(100), .seconds(5), .seconds(60)] {
      var night = Night(jobs: 150)
      let paid = play(&night, wait: wait) { job, _ in outcome(job) }
      #expect(paid.submits <= Self.paidMax, "\(name)")
      #expect(paid.downloads <= paid.submits * downloadsMax, "\(name)")
      #expect(night.count(.held) == paid.submits && night.gates.keys.sorted() == [.audio])
      let reason = night.gates[.audio]?.reason ?? ""
      #expect(reason.contains("made up") && reason.contains("csm-enqueue resume"))
    }
  }

  @Test("are told at once by the rows of the jobs that keep others from being sent")
  func toldAtOnce() {
    var night = Night(jobs: 150)
    let start = night.now
    night.play(until: start + .seconds(10)) { step, _, _ in
      step.call == .fetch ? .fetch(.damaged(.sample)) : nil
    }
    let told = Set(night.notices.filter { $0.notice.problem == .sample }.map(\.job))
    #expect(told.count >= RecentResults.enough)
  }

  @Test("stop them, too, when no result can be read")
  func unreadable() {
    var night = Night(jobs: 150)
    let paid = play(
      &night, collect: { _ in .unreadable(.sample) }, fetch: { _, _ in .stored(.sample) })
    #expect(paid.submits <= Self.paidMax && night.count(.failed) == paid.submits)
    #expect(night.gates.keys.sorted() == [.audio])
  }

  @Test("stop them in the middle of a night, with what was out already")
  func later() {
    var night = Night(jobs: 1000)
    let paid = play(&night) { job, _ in
      job.id <= 200 ? .stored(.sample) : .damaged(.sample, .sample(UInt64(job.id)))
    }
    #expect(night.count(.stored) == 200 && paid.submits <= 200 + Self.paidMax)
    #expect(night.gates.keys.sorted() == [.audio])
  }

  @Test("useless results of a few lines stop nothing", arguments: [2, 3, 5])
  func someUseless(_ every: Int64) {
    var night = Night(jobs: 150)
    _ = play(&night) { job, _ in
      job.id % every == 0 ? .stored(.sample) : .damaged(.sample, .sample(1))
    }
    #expect(night.count(.queued) == 0 && night.gates.isEmpty)
    #expect(night.count(.stored) == 150 / Int(every))
  }

  @Test(
    "useless results that are bytes of their own each time are looked at as long as a missing file is"
  )
  func changing() {
    var night = Night(jobs: 1)
    let paid = play(&night) { _, count in .damaged(.sample, .sample(UInt64(count))) }
    #expect((Dispatcher.damagedMax...40).contains(paid.downloads) && night.count(.held) == 1)
  }

  @Test("let one submit try once a person opens the gate, and all when its audio is stored")
  func trial() {
    var night = Night(jobs: 150)
    _ = play(&night) { _, _ in .refused(.sample) }
    let before = night.count(.held)
    for _ in 1...3 {
      night.resume()
      #expect(play(&night) { _, _ in .refused(.sample) }.submits == 1)
      #expect(night.gates.keys.sorted() == [.audio])
    }
    #expect(night.count(.held) == before + 3)
    night.resume()
    _ = play(&night) { _, _ in .stored(.sample) }
    #expect(night.count(.stored) == 150 - before - 3 && night.gates.isEmpty)
  }

  @Test("let others try when the one that tried fails by itself")
  func failedTrial() {
    var night = Night(jobs: 150)
    _ = play(&night) { _, _ in .refused(.sample) }
    night.resume()
    let failure = FalFailure(.sample, isTransient: false, isByModel: true)
    let first = night.table.values.filter { $0.state.name == .queued }.map(\.id).min()
    _ = play(
      &night,
      collect: { $0.id == first ? .failed(failure) : .audio(result: "{}", units: nil) },
      fetch: { _, _ in .stored(.sample) })
    #expect(night.count(.queued) == 0 && night.count(.failed) == 1)
  }

  @Test("are forgotten when one that a person retried is stored")
  func retried() {
    var night = Night(jobs: 150)
    _ = play(&night) { _, _ in .refused(.sample) }
    guard let held = night.table.values.first(where: { $0.state.name == .held }),
      case .held(let ticket?, let result?) = held.state
    else {
      Issue.record("nothing is held")
      return
    }
    var job = held
    job.state = .completed(ticket, result: result)
    night.table[job.id] = job
    var control = night.control()
    control.retried = [job]
    night.round(.control(control))
    night.answer(job.id, .fetch(.stored(.sample)))
    #expect(night.gates.isEmpty)
  }
}

extension Digest {
  static func sample(_ number: UInt64) -> Digest? {
    let hex = String(number, radix: 16)
    return Digest(hex: String(repeating: "0", count: 64 - hex.utf8.count) + hex)
  }
}
