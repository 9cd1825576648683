import CSMCore
import CSMDaemon
import CSMFiles
import CSMSQLite
import Foundation

/// Where a life of the daemon ends against its will.
package enum CrashPoint: String, Sendable, CaseIterable {
  /// The turn is decided, and nothing of it written.
  case beforeCommit
  /// The turn is durable, and nothing of it done.
  case afterCommit
  /// The mark is made, and the POST on its way, or not yet.
  case duringSubmit
  /// The action is done, and its outcome not taken note of.
  case beforeOutcome
  case beforeRecovery
  /// What the start settles is written, and no more done.
  case afterRecovery
  /// The table failed so that csmd gives up.
  case brokenTable
}

extension Simulator {
  /// Whether the daemon dies here; then it is dead on return.
  mutating func dies(_ point: CrashPoint) -> Bool {
    guard life != nil, strikes(scenario.crashRate) else { return false }
    die(point)
    return true
  }

  /// Whether something of this probability befalls the daemon now.
  mutating func strikes(_ rate: Double) -> Bool {
    clock.moment < scenario.peace && generator.happens(rate)
  }

  /// Ends the life as `kill -9` or a power cut does, and plans the next one.
  mutating func die(_ point: CrashPoint) {
    report.crashes[point, default: 0] += 1
    life = nil
    isStopping = false
    wasIdle = false
    // What was in memory is gone; what had left is at fal.
    agenda.keep(Self.outlivesDaemon)
    if generator.happens(0.3) { cutPower() }
    if generator.happens(0.3) { leaveHalfFile() }
    let isLong = generator.happens(0.2)
    let downtime = isLong ? generator.seconds(60...14_400) : generator.seconds(0.1...5)
    agenda.add(.start, at: clock.moment + downtime)
  }

  private static func outlivesDaemon(_ item: Item) -> Bool {
    switch item {
    case .person, .set, .stop, .start: true
    case .perform, .arrive, .tick: false
    }
  }

  /// The tmpfs with the marks is empty after a boot.
  private mutating func cutPower() {
    report.powerCuts += 1
    try? FileManager.default.removeItem(atPath: place.marks)
  }

  /// What a download that was cut off leaves.
  private mutating func leaveHalfFile() {
    let path = "\(place.folder)/tmp/1-1.\(UInt32(generator.share() * 4_000_000_000))"
    _ = FileManager.default.createFile(atPath: path, contents: Data("RIFF".utf8))
  }

  /// SIGTERM: nothing new is begun, and the submits on their way are awaited.
  mutating func stop() {
    guard life != nil, !isStopping else { return }
    isStopping = true
    let now = clock.now()
    life?.turn.take(.stop, at: now)
  }

  /// The daemon leaves by itself, and is started again later.
  mutating func leave() throws {
    report.stops += 1
    try life?.table.close()
    life = nil
    isStopping = false
    wasIdle = false
    agenda.keep(Self.outlivesDaemon)
    agenda.add(.start, at: clock.moment + generator.seconds(1...3600))
  }

  /// Starts the daemon, which may die of it.
  mutating func start() throws {
    guard life == nil else { return }
    let seed = UInt64(generator.share() * 1e15)
    let failure: FaultyLock.Failure? =
      strikes(min(0.3, scenario.crashRate * 300))
      ? (generator.happens(0.5) ? .without(Self.broken, times: 1) : .afterwards(Self.broken)) : nil
    do {
      life = try Life(
        scenario, place, seed: seed, clock: clock, fal: fal, key: key, failure: failure)
    } catch let error as TableError where error == Self.broken {
      if case .afterwards = failure { die(.afterRecovery) } else { die(.beforeRecovery) }
      return
    }
    mayHaveNews = true
    if !report.crashes.isEmpty, generator.happens(0.15) { try inspect() }
  }

  /// Checks everything that must hold at this moment.
  mutating func inspect() throws {
    let invariants = Invariants(
      database: place.database, storeRoot: place.folder, ledger: fal.ledger,
      uploaded: fal.uploaded, acknowledged: people.acknowledged, key: key.value,
      policy: Invariants.Policy(
        resubmitsAfter: scenario.rules.resubmitsUnknown ? scenario.rules.unknownGrace : nil,
        price: scenario.rules.price, writingMax: writingMax + clock.setBack))
    let findings = try invariants.check()
    report.checks += 1
    report.complaints += findings.violations
    report.trace = findings.trace
    report.states = findings.states
    if isOver || clock.moment >= scenario.end { report.complaints += findings.unfinished }
  }
}
