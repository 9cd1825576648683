import CSMCore
import CSMDaemon
import CSMFiles
import CSMSQLite
import Foundation

/// The points at which the daemon may crash.
package enum CrashPoint: String, Sendable, CaseIterable {
  /// The round is decided, but nothing of it is written.
  case beforeCommit
  /// The round is durable, but nothing of it is done.
  case afterCommit
  /// The sent mark is made, and the POST may have left.
  case duringSubmit
  /// The action is done, but its outcome is not recorded.
  case beforeOutcome
  case beforeRecovery
  /// The recovery is written, but nothing else is done.
  case afterRecovery
  /// The table failed in a way that makes csmd give up.
  case brokenTable
}

extension Simulator {
  /// Lets the daemon die here with the scenario's probability; true if it did.
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
    // Everything in memory is gone; requests that had left are at fal.
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

  /// Empties the folder of the marks, like a tmpfs after a boot.
  private mutating func cutPower() {
    report.powerCuts += 1
    try? FileManager.default.removeItem(atPath: place.marks)
  }

  /// Leaves the file of a download that was cut off.
  private mutating func leaveHalfFile() {
    let path = "\(place.folder)/tmp/1-1.\(UInt32(generator.share() * 4_000_000_000))"
    _ = FileManager.default.createFile(atPath: path, contents: Data("RIFF".utf8))
  }

  /// Stops the daemon as SIGTERM does: it starts nothing new and waits for submits on their way.
  mutating func stop() {
    guard life != nil, !isStopping else { return }
    isStopping = true
    let now = clock.now()
    life?.round.take(.stop, at: now)
  }

  /// Ends a stopped daemon, and plans its next start.
  mutating func leave() throws {
    report.stops += 1
    try life?.table.close()
    life = nil
    isStopping = false
    wasIdle = false
    agenda.keep(Self.outlivesDaemon)
    agenda.add(.start, at: clock.moment + generator.seconds(1...3600))
  }

  /// Starts the daemon, which may die during the start.
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

  /// Checks all invariants now.
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
