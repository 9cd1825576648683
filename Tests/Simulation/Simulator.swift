import CSMCore
import CSMDaemon
import CSMFiles
import CSMSQLite
import Foundation

/// Runs the real daemon against fal, people, crashes and a wrong clock, in virtual time.
///
/// Everything is drawn from one seed: the same seed gives the same run. The dispatcher, the table (SQLite on
/// a file), the client of fal, the store and the marks are real. Time, fal (as a `Transport`) and the
/// moments at which things happen are simulated.
package struct Simulator {
  /// Something that happens at a planned time.
  enum Item {
    case person(People.Act)
    /// The request of an action leaves.
    case perform(Dispatcher.Action)
    /// The outcome of an action arrives.
    case arrive(Dispatcher.Event)
    /// The daemon's clock is set.
    case set(skew: Duration)
    /// A clean stop, followed by a start.
    case stop
    /// The daemon's loop looks by itself, because a wake-up was lost.
    case tick
    case start
  }

  let scenario: Scenario
  let keepsFiles: Bool
  let place: Life.Place
  let clock: VirtualClock
  let fal: SimulatedFal
  let key: Secret
  var generator: SeededGenerator
  var agenda = Agenda<Item>()
  var people: People
  var watch: BudgetWatch
  /// Nil while the daemon is down.
  var life: Life?
  var isStopping = false
  /// Whether nothing more will happen.
  var isOver = false
  /// Whether the daemon has found that nothing is left to do.
  var wasIdle = false
  /// The time on the daemon's clock when its last round began.
  var roundBegan: Timestamp
  /// The longest time that a decision of the daemon waited to be written.
  var writingMax: Duration = .seconds(2)
  /// Whether others may have written since the daemon last looked.
  var mayHaveNews = true
  var report: Report

  /// - Parameters:
  ///   - folder: the folder for the run's files.
  ///   - keepsFiles: whether the files stay there after the run.
  package init(_ scenario: Scenario, folder: String, keepsFiles: Bool = false) throws {
    self.scenario = scenario
    self.keepsFiles = keepsFiles
    place = Life.Place(folder: "\(folder)/\(scenario.seed)")
    Self.remove(place)
    try FileManager.default.createDirectory(
      atPath: place.folder, withIntermediateDirectories: true)
    clock = VirtualClock(at: scenario.start)
    roundBegan = clock.now()
    guard let key = Secret("key-\(scenario.seed):canary") else {
      throw CocoaError(.coderInvalidValue)
    }
    self.key = key
    fal = SimulatedFal(seed: scenario.seed, clock: clock, key: key)
    generator = SeededGenerator(seed: scenario.seed &* 7)
    people = try People(
      database: place.database, gate: place.gate, store: place.folder,
      voices: scenario.speaksInVoices ? 2 : 0, rerolls: scenario.rerolls)
    watch = try BudgetWatch(database: place.database)
    report = Report(seed: scenario.seed, jobs: scenario.jobs)
    for (at, act) in People.drawn(scenario, generator: &generator) {
      agenda.add(.person(act), at: at)
    }
    for _ in 0..<generator.whole(0...3) where generator.happens(0.5) {
      let furthest = generator.element(of: [30.0, 600, 10_800]) ?? 30
      agenda.add(.set(skew: generator.seconds(-furthest...furthest)), at: moment(within: 14_400))
    }
    for _ in 0..<generator.whole(0...2) { agenda.add(.stop, at: moment(within: 14_400)) }
    agenda.add(.start, at: scenario.start)
  }

  private mutating func moment(within seconds: Double) -> Timestamp {
    scenario.start + generator.seconds(0...seconds)
  }

  private static func remove(_ place: Life.Place) {
    try? FileManager.default.removeItem(atPath: place.folder)
    try? FileManager.default.removeItem(atPath: place.marks)
  }

  /// Runs until nothing more happens, and reports the result.
  package mutating func run() async throws -> Report {
    defer { if !keepsFiles { Self.remove(place) } }
    while !isOver, report.complaints.isEmpty, fal.complaints.isEmpty, clock.moment < scenario.end {
      try await step()
    }
    if isOver, !wasIdle {
      report.complaints.append("the daemon never found that its work was over")
    }
    // Late submits reach fal's queue within this time.
    clock.advance(to: clock.moment + .seconds(60))
    try life?.table.close()
    life = nil
    try inspect()
    report.finish(
      faults: fal.faults, complaints: fal.complaints, time: clock.moment.since(scenario.start))
    try watch.close()
    try people.close()
    return report
  }

  /// Advances to the next time at which something happens, and does everything that is due.
  private mutating func step() async throws {
    let before = clock.moment
    let next = next
    let expectsNothing = next == nil && !mayHaveNews
    clock.advance(to: next ?? before + Self.tick)
    report.noteStep(hasMoved: clock.moment > before)
    var events: [Dispatcher.Event] = []
    var isWoken = false
    while let item = agenda.next(at: clock.moment) {
      switch item {
      case .person(let act):
        try people.act(act, at: clock.now())
        report.acts += 1
        mayHaveNews = true
        // The wake-up datagram may be lost; then the loop finds out by itself.
        if generator.happens(0.8) {
          isWoken = true
        } else {
          agenda.add(.tick, at: clock.moment + Self.tick)
        }
      case .perform(let action): try await perform(action)
      case .arrive(let event): events.append(event)
      case .set(let skew):
        let settings = clock.settings
        clock.set(skew: skew)
        let now = clock.now()
        if clock.settings != settings { try life?.round.clockWasSet(at: now) }
      case .stop: stop()
      case .start: try start()
      case .tick: break
      }
    }
    try round(events, isWoken: isWoken)
    // The loop has looked once more by itself, and nothing is planned.
    isOver = next == nil && self.next == nil && !mayHaveNews
    if expectsNothing, life != nil, !mayHaveNews, self.next != nil {
      report.complaints.append("the daemon slept while there was something to do")
    }
  }

  static let tick: Duration = .seconds(1)

  /// The next time at which something happens; nil for never.
  ///
  /// It may be in the past: with a full disk, a round may take minutes, and items become due meanwhile.
  private var next: Timestamp? {
    let wake = isStopping ? nil : life?.round.nextWake(after: roundBegan)
    return [agenda.first, wake.map(clock.moment(shown:))].compactMap(\.self).min()
  }

  /// Runs one round of the daemon, which may die at each step.
  private mutating func round(_ events: [Dispatcher.Event], isWoken: Bool) throws {
    guard let lock = life?.lock else { return }
    let now = clock.now()
    roundBegan = now
    // Changed in place: copying the dispatcher's state in each round would take most of the time.
    for event in events { life?.round.take(event, at: now) }
    if isWoken { try life?.round.look(at: now) }
    if events.isEmpty, !isWoken, mayHaveNews {
      try life?.round.lookForNews(at: now)
      mayHaveNews = false
    }
    if dies(.beforeCommit) { return }
    let writes = lock.count
    let actions = try act(at: now, lock)
    if lock.count > writes {
      report.complaints += try watch.complaints(cap: scenario.limits.budget)
    }
    guard let actions else { return }
    if dies(.afterCommit) { return }
    for action in actions {
      let delay = generator.happens(0.03) ? generator.seconds(0...10) : generator.seconds(0...0.05)
      agenda.add(.perform(action), at: clock.moment + delay)
    }
    try end()
  }

  /// Lets the daemon act while its table sometimes fails; nil if the daemon died of that.
  private mutating func act(at now: Timestamp, _ lock: FaultyLock) throws -> [Dispatcher.Action]? {
    let offset = clock.offset
    lock.arm(failure())
    let begin = clock.moment
    defer {
      lock.arm(nil)
      writingMax = max(writingMax, clock.moment.since(begin) + Self.tick)
    }
    while true {
      do {
        return try life?.round.act(at: now, offset: offset)
      } catch let error as TableError where error == .full || error == .busy {
        report.tableFaults += 1
        clock.advance(to: clock.moment + Self.tick)
      } catch let error as TableError where error == Self.broken {
        report.tableFaults += 1
        die(.brokenTable)
        return nil
      }
    }
  }

  static let broken = TableError.failed("simulated")

  /// Draws how the next write of the table fails; nil if it succeeds.
  private mutating func failure() -> FaultyLock.Failure? {
    if strikes(0.005) {
      report.acts += 1
      mayHaveNews = true
      return .late(after: people.intrusion(isCancel: generator.happens(0.5), at: clock.now()))
    }
    guard strikes(scenario.tableFaultRate) else { return nil }
    return switch generator.whole(0...3) {
    case 0: .without(.full, times: generator.whole(1...200))
    case 1: .without(.busy, times: generator.whole(1...3))
    case 2: .without(Self.broken, times: 1)
    default: .afterwards(Self.broken)
    }
  }

  /// Performs an action of the daemon; its outcome arrives some time later.
  private mutating func perform(_ action: Dispatcher.Action) async throws {
    guard let life else { return }
    let isSubmit = if case .step(.submit, _) = action { true } else { false }
    if isSubmit, strikes(scenario.crashRate * 10) {
      fal.loseNextSubmit()
      _ = await life.perform(action)
      die(.duringSubmit)
      return
    }
    let event = await life.perform(action)
    report.actions += 1
    let delay = generator.happens(0.03) ? generator.seconds(0...60) : generator.seconds(0.02...0.5)
    agenda.add(.arrive(event), at: clock.moment + delay)
    _ = dies(.beforeOutcome)
  }

  /// Ends the daemon if it is stopping and drained; otherwise notes whether it is idle.
  private mutating func end() throws {
    if isStopping {
      if life?.round.isDrained == true { try leave() }
    } else if try life?.round.idleEnd() != nil {
      wasIdle = true
    }
  }
}
