import Testing

@testable import CSMCore

@Suite("The pace")
struct PaceTests {
  /// A fal with some runners, each of which takes one request at a time.
  private final class Runners {
    let service: Duration
    var free: [Timestamp]
    var ends: [Job.ID: (begin: Timestamp, end: Timestamp)] = [:]
    var polls = 0
    private var pollsOf: [Job.ID: Int] = [:]

    var pollsInTheMedian: Int { pollsOf.values.sorted()[pollsOf.count / 2] }
    var seenAfter: [Double] = []
    var outMax = 0

    init(_ count: Int, service: Duration) {
      self.service = service
      free = Array(repeating: .evening, count: count)
    }

    func answer(
      _ action: Dispatcher.Action, _ now: Timestamp
    ) -> (after: Duration, event: Dispatcher.Event) {
      guard case .step(let step, let job) = action else { return (.zero, .probed(.fine)) }
      let soon: Duration = .milliseconds(50)
      func done(_ outcome: Dispatcher.StepOutcome) -> (after: Duration, event: Dispatcher.Event) {
        (soon, .done(job.id, generation: job.generation, outcome))
      }
      switch step {
      case .submit:
        let runner = free.indices.min { free[$0] < free[$1] } ?? 0
        let begin = max(now + soon, free[runner])
        free[runner] = begin + service
        ends[job.id] = (begin, begin + service)
        outMax = max(outMax, ends.values.count { $0.end > now })
        return done(.submit(.accepted(.sample(job.id, at: now + soon))))
      case .poll:
        polls += 1
        pollsOf[job.id, default: 0] += 1
        let (begin, end) = ends[job.id] ?? (now, now)
        if now < begin { return done(.poll(.inQueue)) }
        if now < end { return done(.poll(.inProgress)) }
        seenAfter.append(now.since(end).seconds)
        return done(.poll(.completed(seconds: service.seconds)))
      case .collect: return done(.collect(.audio(result: "{}", units: nil)))
      default: return done(.fetch(.stored(.sample)))
      }
    }
  }

  @Test(
    "keeps fal's runners busy with few questions",
    arguments: [(2, 2, 4.0), (2, 20, 25), (10, 5, 4), (40, 3, 4), (40, 30, 4)])
  func throughput(_ count: Int, _ seconds: Int, _ pollsMax: Double) {
    let jobs = 1000
    var night = Night(jobs: jobs)
    let fal = Runners(count, service: .seconds(seconds))
    night.play(until: .evening + .seconds(86_400)) { fal.answer($0, $1) }
    #expect(night.isOver)
    let ideal = Double(jobs * seconds) / Double(count)
    let took = night.now.since(.evening).seconds
    let polls = Double(fal.polls) / Double(jobs)
    // A late look costs nothing while others wait at fal.
    let late = fal.seenAfter.reduce(0, +) / Double(jobs)
    #expect(late < max(8, Double(seconds) * 0.75), "seconds until an end is seen")
    #expect(took < ideal * 1.25 + 30)
    #expect(polls < pollsMax)
  }

  @Test(
    "sees the last ends within a second, whatever the time that the model takes",
    arguments: [
      (1000, 40, 1), (1000, 40, 10), (1000, 40, 60), (1000, 2, 20), (400, 40, 8), (64, 40, 9),
    ]
  )
  func lastEnds(_ jobs: Int, _ count: Int, _ seconds: Int) {
    // Of still fewer, most would be among the first, about which nothing is known, or the last.
    var night = Night(jobs: jobs)
    let fal = Runners(count, service: .seconds(seconds))
    var last = Timestamp.evening
    night.play(until: .evening + .seconds(86_400)) { action, now in
      if case .step(.fetch, _) = action { last = now }
      return fal.answer(action, now)
    }
    #expect(night.isOver)
    let end = fal.ends.values.map(\.end).max() ?? .evening
    #expect(last.since(end).seconds < 1, "\(last.since(end).seconds) s")
    #expect(fal.pollsInTheMedian <= 3)
  }

  @Test("is as wide as fal's runners are many, where the settings allow it")
  func width() {
    var limits = Dispatcher.Limits()
    limits.inFlightMax = 512
    var night = Night(jobs: 2000, limits: limits)
    let fal = Runners(200, service: .milliseconds(300))
    night.play(until: .evening + .seconds(86_400)) { fal.answer($0, $1) }
    #expect(night.isOver)
    let ideal = 2000 * 0.3 / 200
    #expect(night.now.since(.evening).seconds < ideal * 2.5)
  }

  @Test("is found again after hours without work")
  func secondBurst() {
    var night = Night(jobs: 300)
    let fal = Runners(40, service: .seconds(3))
    night.play(until: .evening + .seconds(86_400)) { fal.answer($0, $1) }
    night.now = night.now + .seconds(3600)
    let begin = night.now
    for id in 301...600 { night.table[Int64(id)] = .waiting(Int64(id)) }
    night.dispatcher.take(.control(night.control()), at: night.now)
    night.play(until: .evening + .seconds(86_400)) { fal.answer($0, $1) }
    #expect(night.isOver)
    let ideal = 22.5
    #expect(night.now.since(begin).seconds < ideal * 1.25 + 5)
  }

  @Test("bounds each gap, whatever is expected", arguments: [nil, 0.0, 0.001, 3, 1e9])
  func gaps(_ expected: Double?) {
    var generator = SeededGenerator(seed: 1)
    for elapsed in [0, 1, 5, 100, 1e9] {
      for (inQueue, bounds) in [(false, 0.1...30), (true, 0.1...60)] {
        let gap = PollSchedule().gap(
          elapsed: .seconds(elapsed), inQueue: inQueue,
          expected: expected.map { .seconds($0) }, out: 40, generator: &generator)
        #expect(bounds.contains(gap.seconds))
      }
    }
  }

  @Test("learns nothing from what ended while csmd did not run")
  func afterRestart() {
    let ended = Job.standing(1, .inProgress(.sample(1, at: .evening - .seconds(50))))
    var night = Night(recovering: [ended])
    night.round()
    night.answer(1, .poll(.completed(seconds: 1)))
    night.table[2] = .waiting(2)
    night.round(.control(night.control()))
    night.answer(2, .submit(.accepted(.sample(2, at: night.now))))
    let asked = night.now
    while let actions = night.next(), actions.words != ["poll 2"] {}
    #expect(night.now.since(asked) < .seconds(3))
  }

  @Test("the pace of all questions together is bounded, and the rest is not forgotten")
  func rate() {
    let rows = (1...1000).map { Job.standing($0, .inQueue(.sample($0))) }
    var night = Night(recovering: rows)
    var asked = night.round().count
    #expect((1...13).contains(asked))
    asked += night.pass(.seconds(1)).count
    #expect((390...520).contains(asked))
    asked += night.pass(.seconds(2)).count
    #expect(asked == 1000)
  }

  @Test("the pace of submits shrinks with faults, once a second, and grows with what is accepted")
  func window() {
    var window = Window(ceiling: 64)
    #expect(window.size(at: .evening) == 64)
    for _ in 0..<8 { window.lost(at: .evening) }
    #expect(window.size(at: .evening) == 44)
    for second in 1...60 { window.lost(at: .evening + .seconds(second)) }
    #expect(window.size(at: .evening) == 1)
    for _ in 0..<5000 { window.accepted() }
    #expect(window.size(at: .evening) == 64)
  }

  @Test("follows what fal works on at once, and forgets it after ten minutes")
  func concurrency() {
    var window = Window(ceiling: 64)
    window.accepted()
    for second in 1...60 { window.finished(seconds: 2, at: .evening + .seconds(second)) }
    #expect(window.size(at: .evening + .seconds(60)) == Window.smallest)
    for second in 1...60 { window.finished(seconds: 8, at: .evening + .seconds(second)) }
    #expect(window.size(at: .evening + .seconds(60)) == 24)
    // The last eight of them still tell, and the time since nothing.
    #expect(window.size(at: .evening + .seconds(121)) == 22)
    #expect(window.size(at: .evening + .seconds(661)) == 64)
    for absurd in [Double.nan, .infinity, -1, 1e300] {
      window.finished(seconds: absurd, at: .evening + .seconds(661))
    }
    #expect(window.size(at: .evening + .seconds(661)) == 64)
  }
}
