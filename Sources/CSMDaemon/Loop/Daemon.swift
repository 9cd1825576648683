import CSMCore
import CSMFiles
import CSMSQLite
import Logging

/// The loop: take what has happened, decide, make it durable, act.
///
/// One turn is one transaction at most, whatever arrived meanwhile; nothing is done before it is
/// durable, and nothing that must outlive a crash is kept between turns.
package struct Daemon {
  private var turn: Turn
  private let table: JobTable
  private let perform: Perform
  private let inbox: Inbox
  private let clock: any DaemonClock
  private let notifier: ServiceNotifier
  private let log: TurnLog
  private let metrics: Metrics
  private var metricsFile: MetricsFile?
  private let retrying: TransientRetry
  private let reload: () -> (Rules, Dispatcher.Limits)?
  private let watchdog: Watchdog
  private let judging: Judging?

  /// How often the clock had been set when that was last looked at.
  private var clockSettings = 0
  private var isStopping = false
  private var pause = Self.tick
  /// When the log of the database is looked at next, and whether it was told that it has grown.
  private var logLook = (at: Timestamp(milliseconds: .min), isTold: false)

  /// The longest sleep of the loop while something happens: the safety net for a wake-up that got lost.
  ///
  /// With each look that finds nothing it doubles, up to the quiet one: an idle daemon lets the machine
  /// sleep.
  static let tick: Duration = .seconds(1)
  static let quietTick: Duration = .seconds(8)
  /// Told to leave, it waits so long for whoever holds the table, for what fal answered is to be written
  /// down; systemd waits longer (`TimeoutStopSec=`).
  static let leaving: Duration = .seconds(20)
  /// What arrives within this time after the first item shares a turn, and so a commit, with it: the
  /// more is under way, the longer, since then the more arrives and the less one of it matters.
  static let batchDelayPerJob: Duration = .milliseconds(4)
  static let batchDelayMax: Duration = .milliseconds(250)
  /// The longest where others wait for the places that are freed by what arrives.
  static let batchDelayWhenCrowded: Duration = .milliseconds(25)

  /// - Parameters:
  ///   - turn: with everything settled that an earlier life left.
  ///   - metrics: those that `turn` and `perform` count in.
  ///   - metricsFile: where they are published; nil for nowhere.
  ///   - judging: a person's own judge; idle means that it has nothing to do either.
  ///   - reload: reads the settings that may change while the daemon runs; nil where they cannot be
  ///     read, and the old ones stay.
  package init(
    turn: Turn, table: JobTable, perform: Perform, inbox: Inbox,
    clock: any DaemonClock,
    notifier: ServiceNotifier, watchdog: Watchdog, log: TurnLog, metrics: Metrics,
    metricsFile: MetricsFile?, judging: Judging? = nil,
    reload: @escaping () -> (Rules, Dispatcher.Limits)?
  ) {
    self.turn = turn
    self.table = table
    self.perform = perform
    self.inbox = inbox
    self.clock = clock
    self.notifier = notifier
    self.watchdog = watchdog
    self.log = log
    self.metrics = metrics
    self.metricsFile = metricsFile
    self.judging = judging
    retrying = TransientRetry(
      inbox: inbox, notifier: notifier, watchdog: watchdog, clock: clock, log: log,
      leaving: Self.leaving
    ) { [reserve = perform.reserve] in
      // What an addition that failed has left may be all the room that is missing.
      try? table.checkpoint(relieve: reserve.release)
    }
    self.reload = reload
  }

  /// Why the loop ended.
  package enum End: Sendable, Equatable {
    /// It was told to leave.
    case stopped
    /// All jobs have ended; so many failed and so many are held.
    case idle(failed: Int, held: Int)
    /// What is left waits behind gates that only a person or the clock opens, or for room in the
    /// budgets of its batches.
    case gated([Gate], [JobTable.BudgetRow])
  }

  /// Runs until it is told to stop or, `untilIdle`, until nothing is left to do.
  ///
  /// - Throws: what makes it unsafe to go on, such as an I/O error of the database: a new start reads
  ///   everything from the disk.
  package mutating func run(untilIdle: Bool) async throws -> End {
    notifier.ready()
    var end: End?
    // The group's tasks are requests on their way; leaving cuts off those that may be cut off.
    try await withThrowingDiscardingTaskGroup { group in
      defer { group.cancelAll() }
      while end == nil {
        let now = clock.now()
        try await step(&group, at: now)
        end = try ended(untilIdle: untilIdle)
        guard end == nil else { return }
        try await gather(at: now)
      }
    }
    turn.recordLife(isLast: true, at: clock.now())
    publish(at: clock.now())
    notifier.stopping()
    return end ?? .stopped
  }

  /// Decides on what has happened, makes it durable, and starts what follows.
  private mutating func step(
    _ group: inout ThrowingDiscardingTaskGroup<any Error>, at now: Timestamp
  ) async throws {
    for action in try await actions() {
      group.addImmediateTask { [perform, inbox] in inbox.post(.event(await perform(action))) }
    }
    notifier.report(turn.closedGates, revision: turn.revision, at: now) { try? table.jobCounts() }
    turn.recordLife(at: now)
    watchDisk(at: now)
    metrics.turned()
    if metricsFile?.isDue(at: now) == true { publish(at: now) }
  }

  /// Takes room for bad times, and says once who lets the log of the database grow.
  private mutating func watchDisk(at now: Timestamp) {
    guard logLook.at <= now else { return }
    logLook.at = now + .seconds(10)
    perform.reserve.take(leaving: Dispatcher.Limits().freeBytesMin)
    turn.note(freeBytes: perform.freeBytes(), at: now)
    if GrownLog(ofDatabase: table.path) != nil { try? table.checkpoint() }
    let grown = GrownLog(ofDatabase: table.path)
    if let grown, !logLook.isTold { log.grown(grown) }
    logLook.isTold = grown != nil
  }

  private mutating func publish(at now: Timestamp) {
    guard var file = metricsFile else { return }
    let load = turn.load(at: now)
    file.publish(metrics, load, table, revision: turn.revision, at: now, log: log)
    metricsFile = file
  }

  /// What is to be done now, as soon as what led to it can be made durable.
  private mutating func actions() async throws -> [Dispatcher.Action] {
    let (retrying, clock) = (retrying, clock)
    return try await retrying { try turn.act(at: clock.now(), offset: clock.offset) }
  }

  /// Waits for what happens next, and takes note of it.
  private mutating func gather(at now: Timestamp) async throws {
    let longest = min(pause, watchdog.pace ?? pause)
    let patience = turn.nextWake(after: now)?.since(clock.now()) ?? longest
    if await inbox.hasItems(within: min(max(patience, .zero), longest), on: clock) {
      try await clock.sleep(for: batchDelay)
    }
    let now = clock.now()
    if clock.settings != clockSettings {
      try turn.clockWasSet(at: now)
      clockSettings = clock.settings
    }
    let items = inbox.take()
    pause = items.isEmpty ? min(pause * 2, Self.quietTick) : Self.tick
    var mustLook = false
    for item in items {
      switch item {
      case .event(let event): turn.take(event, at: now)
      case .woken: mustLook = true
      case .reload: adoptSettings()
      case .stop: await stop(at: now)
      }
    }
    if mustLook { try turn.look(at: now) }
    if items.isEmpty {
      try turn.lookForNews(at: now)
      if table.isOvergrown { try? table.checkpoint() }
    }
    if watchdog.isToBeFed(at: now) { notifier.alive() }
  }

  /// How long to wait for company of what has arrived.
  private var batchDelay: Duration {
    let longest = turn.isCrowded ? Self.batchDelayWhenCrowded : Self.batchDelayMax
    return min(Self.batchDelayPerJob * (1 + turn.activeCount), longest)
  }

  private mutating func stop(at now: Timestamp) async {
    guard !isStopping else { return }
    isStopping = true
    turn.take(.stop, at: now)
    await perform.stop()
    notifier.stopping()
    log.stopping()
  }

  private mutating func adoptSettings() {
    notifier.reloading()
    if let (rules, limits) = reload() { turn.adopt(rules: rules, limits: limits) }
    notifier.ready()
  }

  private mutating func ended(untilIdle: Bool) throws -> End? {
    if isStopping { return turn.isDrained ? .stopped : nil }
    guard untilIdle, let end = try turn.idleEnd() else { return nil }
    // Once it is idle as well, it has the loop look again.
    return judging?.isBusy == true ? nil : end
  }
}
