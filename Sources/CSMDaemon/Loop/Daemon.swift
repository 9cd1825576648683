import CSMCore
import CSMFiles
import CSMSQLite
import Logging

/// The daemon's loop: take what has happened, decide, make it durable, act.
///
/// A round handles everything that has arrived in at most one transaction. No decision is carried
/// out before it is durable, and nothing that must survive a crash is kept only in memory between
/// rounds.
package struct Daemon {
  private var round: Round
  private let table: JobTable
  private let perform: Perform
  private let inbox: Inbox
  private let clock: any DaemonClock
  private let notifier: ServiceNotifier
  private let log: EventLog
  private let metrics: Metrics
  private var metricsFile: MetricsFile?
  private let retrying: TransientRetry
  private let reload: () -> (Rules, Dispatcher.Limits)?
  private let watchdog: Watchdog
  private let judging: Judging?

  /// The value of `clock.settings` at the last check.
  private var clockSettings = 0
  private var isStopping = false
  private var pause = Self.tick
  /// When to check the size of the write-ahead log next, and whether its growth has been logged.
  private var logLook = (at: Timestamp(milliseconds: .min), isTold: false)

  /// The longest sleep of a busy loop, as a safety net for a lost wake-up.
  ///
  /// It doubles with each round that finds nothing, up to `quietTick`, so that an idle daemon lets
  /// the machine sleep.
  static let tick: Duration = .seconds(1)
  static let quietTick: Duration = .seconds(8)
  /// How long to wait on stop for a process that holds the table, in order to record fal's answers;
  /// systemd waits longer (`TimeoutStopSec=`).
  static let leaving: Duration = .seconds(20)

  /// - Parameters:
  ///   - round: after its recovery.
  ///   - metrics: the ones that `round` and `perform` update.
  ///   - metricsFile: where to publish them; nil for nowhere.
  ///   - judging: the user's own judge, which must be idle, too, before `run` ends as idle.
  ///   - reload: reads the settings that may change while the daemon runs; nil if they are invalid,
  ///     which keeps the old ones.
  package init(
    round: Round, table: JobTable, perform: Perform, inbox: Inbox,
    clock: any DaemonClock,
    notifier: ServiceNotifier, watchdog: Watchdog, log: EventLog, metrics: Metrics,
    metricsFile: MetricsFile?, judging: Judging? = nil,
    reload: @escaping () -> (Rules, Dispatcher.Limits)?
  ) {
    self.round = round
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
      // The log that a failed addition has left may be all the space that is missing.
      try? table.checkpoint(relieve: reserve.release)
    }
    self.reload = reload
  }

  /// Why the loop ended.
  package enum End: Sendable, Equatable {
    /// It was asked to stop.
    case stopped
    /// All jobs have ended, with these numbers of failed and held ones.
    case idle(failed: Int, held: Int)
    /// The remaining jobs wait for gates that only a person or the clock opens, or for their
    /// batches' budgets.
    case gated([Gate], [JobTable.BudgetRow])
  }

  /// Runs until it is asked to stop or, with `untilIdle`, until nothing is left to do.
  ///
  /// - Throws: errors that make it unsafe to go on, such as an I/O error of the database; a restart
  ///   reads everything from disk.
  package mutating func run(untilIdle: Bool) async throws -> End {
    notifier.ready()
    var end: End?
    // The group's tasks are actions on their way; at the end, those that may be cut short are
    // cancelled.
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
    round.recordLife(isLast: true, at: clock.now())
    publish(at: clock.now())
    notifier.stopping()
    return end ?? .stopped
  }

  /// Decides, makes the decisions durable, and starts the actions.
  private mutating func step(
    _ group: inout ThrowingDiscardingTaskGroup<any Error>, at now: Timestamp
  ) async throws {
    for action in try await actions() {
      group.addImmediateTask { [perform, inbox] in inbox.post(.event(await perform(action))) }
    }
    notifier.report(round.closedGates, revision: round.revision, at: now) { try? table.jobCounts() }
    round.recordLife(at: now)
    watchDisk(at: now)
    metrics.countRound()
    if metricsFile?.isDue(at: now) == true { publish(at: now) }
  }

  /// Maintains the disk reserve, and logs once what lets the write-ahead log grow.
  private mutating func watchDisk(at now: Timestamp) {
    guard logLook.at <= now else { return }
    logLook.at = now + .seconds(10)
    perform.reserve.take(leaving: Dispatcher.Limits.freeBytesMin)
    round.note(freeBytes: perform.freeBytes(), at: now)
    if GrownLog(ofDatabase: table.path) != nil { try? table.checkpoint() }
    let grown = GrownLog(ofDatabase: table.path)
    if let grown, !logLook.isTold { log.grown(grown) }
    logLook.isTold = grown != nil
  }

  private mutating func publish(at now: Timestamp) {
    guard var file = metricsFile else { return }
    let load = round.load(at: now)
    file.publish(metrics, load, table, revision: round.revision, at: now, log: log)
    metricsFile = file
  }

  /// The actions to start now, once the decisions behind them are durable.
  private mutating func actions() async throws -> [Dispatcher.Action] {
    let (retrying, clock) = (retrying, clock)
    return try await retrying { try round.act(at: clock.now(), offset: clock.offset) }
  }

  /// Waits for the next events and passes them on.
  private mutating func gather(at now: Timestamp) async throws {
    let longest = min(pause, watchdog.pace ?? pause)
    let untilWake = round.nextWake(after: now)?.since(clock.now()) ?? longest
    if await inbox.hasItems(within: min(max(untilWake, .zero), longest), on: clock) {
      try await clock.sleep(for: round.batchDelay)
    }
    var now = clock.now()
    if clock.settings != clockSettings {
      try await adoptClock()
      now = clock.now()
    }
    let items = inbox.take()
    pause = items.isEmpty ? min(pause * 2, Self.quietTick) : Self.tick
    var mustLook = false
    for item in items {
      switch item {
      case .event(let event): round.take(event, at: now)
      case .woken: mustLook = true
      case .reload: adoptSettings()
      case .stop: await stop(at: now)
      }
    }
    if mustLook { try round.look(at: now) }
    if items.isEmpty {
      try round.lookForNews(at: now)
      if table.isOvergrown { try? table.checkpoint() }
    }
    if watchdog.isToBeFed(at: now) { notifier.alive() }
  }

  private mutating func adoptClock() async throws {
    let (retrying, clock) = (retrying, clock)
    clockSettings = clock.settings
    try await retrying { try round.clockWasSet(at: clock.now()) }
    logLook.at = Timestamp(milliseconds: .min)
  }

  private mutating func stop(at now: Timestamp) async {
    guard !isStopping else { return }
    isStopping = true
    round.take(.stop, at: now)
    await perform.stop()
    notifier.stopping()
    log.stopping()
  }

  private mutating func adoptSettings() {
    notifier.reloading()
    if let (rules, limits) = reload() { round.adopt(rules: rules, limits: limits) }
    notifier.ready()
  }

  private mutating func ended(untilIdle: Bool) throws -> End? {
    if isStopping { return round.isDrained ? .stopped : nil }
    guard untilIdle, let end = try round.idleEnd() else { return nil }
    // The judge wakes the loop once it is idle.
    return judging?.isBusy == true ? nil : end
  }
}
