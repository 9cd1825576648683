import CSMCore
import CSMFiles
import CSMSQLite
import Logging

/// The loop: take what has happened, decide, make it durable, act.
///
/// One turn is one transaction at most, whatever arrived meanwhile; nothing is done before it is
/// durable, and nothing that must outlive a crash is kept between turns.
package struct Daemon {
  private var dispatcher: Dispatcher
  private let table: JobTable
  private let perform: Perform
  private let inbox: Inbox
  private let clock: any DaemonClock
  private let notifier: ServiceNotifier
  private let log: TurnLog
  private let reload: () -> (Rules, Dispatcher.Limits)?

  private var isStopping = false
  private var dataVersion: Int?
  /// Something may have changed since it was last asked whether the work is over.
  private var isUnsettled = true

  /// The longest sleep of the loop: the safety net for a wake-up that got lost.
  static let tick: Duration = .seconds(1)

  /// - Parameter reload: reads the settings that may change while the daemon runs; nil where they
  ///   cannot be read, and the old ones stay.
  package init(
    dispatcher: Dispatcher, table: JobTable, perform: Perform, inbox: Inbox,
    clock: any DaemonClock, notifier: ServiceNotifier, log: TurnLog,
    reload: @escaping () -> (Rules, Dispatcher.Limits)?
  ) {
    self.dispatcher = dispatcher
    self.table = table
    self.perform = perform
    self.inbox = inbox
    self.clock = clock
    self.notifier = notifier
    self.log = log
    self.reload = reload
  }

  /// Why the loop ended.
  package enum End: Sendable, Equatable {
    /// It was told to leave.
    case stopped
    /// All jobs have ended; so many failed and so many are held.
    case idle(failed: Int, held: Int)
    /// What is left waits behind gates that only a person or the clock opens.
    case gated([Gate])
  }

  /// Settles what an earlier life left: to be done before anything else, and before new marks are made.
  ///
  /// - Parameter marks: the submits that had begun to leave; nil where that is not known.
  package mutating func recover(marks: Set<SentMarks.Mark>?) throws {
    let jobs = try table.activeJobs()
    let unsent = marks.map { marks in
      Set(
        jobs.filter { job in
          !marks.contains(SentMarks.Mark(job: job.id, generation: Int64(job.generation)))
        }.map(\.id))
    }
    let now = clock.now()
    dispatcher.take(.control(try table.control(at: now)), at: now)
    dispatcher.take(.recovered(jobs, unsent: unsent ?? []), at: now)
    try save(at: now)
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
        try await turn(&group, at: now)
        end = try ended(untilIdle: untilIdle)
        guard end == nil else { return }
        try await gather(at: now)
      }
    }
    notifier.stopping()
    return end ?? .stopped
  }

  /// Decides on what has happened, makes it durable, and starts what follows.
  private mutating func turn(
    _ group: inout ThrowingDiscardingTaskGroup<any Error>, at now: Timestamp
  ) async throws {
    let room = dispatcher.room(at: now, offset: clock.offset(at: now))
    if room > 0 {
      let (jobs, nextDue) = try table.dueJobs(limit: room, at: now)
      let spent = dispatcher.hasBudget ? try table.spent(since: now.startOfDay) : .zero
      dispatcher.claim(jobs, nextDue: nextDue, spent: spent, at: now)
    }
    try await persist(at: now)
    for action in dispatcher.dueActions(at: now) {
      group.addTask { [perform, inbox] in inbox.post(.event(await perform(action))) }
    }
    notifier.report(dispatcher.closedGates, at: now) { try? table.jobCounts() }
  }

  /// Makes the decisions durable; as long as the disk is full, waits and tries again, since what was
  /// paid for must not be forgotten.
  private mutating func persist(at now: Timestamp) async throws {
    let changes = dispatcher.changes()
    while true {
      do {
        return try save(changes, at: now)
      } catch let error as TableError where error == .full || error == .busy {
        log.waiting(error)
        notifier.status("waiting: \(error)")
        notifier.alive(at: clock.now())
        try await clock.sleep(for: Self.tick)
      }
    }
  }

  private mutating func save(at now: Timestamp) throws {
    try save(dispatcher.changes(), at: now)
  }

  private mutating func save(_ changes: Dispatcher.Changes, at now: Timestamp) throws {
    guard !changes.isEmpty else { return }
    let missed = try table.commit(changes, at: now)
    isUnsettled = true
    log.saved(changes, missed: missed)
    guard !missed.isEmpty else { return }
    dispatcher.forget(missed)
    dispatcher.take(.recovered(try table.activeJobs(among: missed), unsent: []), at: now)
  }

  /// Waits for what happens next, and takes note of it.
  private mutating func gather(at now: Timestamp) async throws {
    let patience = dispatcher.nextWake(after: now)?.since(clock.now()) ?? Self.tick
    let items = await inbox.take(within: min(max(patience, .zero), Self.tick), on: clock)
    let now = clock.now()
    var mustLook = false
    for item in items {
      switch item {
      case .event(let event): dispatcher.take(event, at: now)
      case .woken: mustLook = true
      case .reload: adoptSettings()
      case .stop: stop(at: now)
      }
    }
    if items.isEmpty { mustLook = try hasNews() }
    if mustLook {
      dispatcher.take(.control(try table.control(at: now)), at: now)
      isUnsettled = true
    }
    notifier.alive(at: now)
  }

  /// Whether another program has committed something.
  private mutating func hasNews() throws -> Bool {
    let version = try table.dataVersion()
    defer { dataVersion = version }
    return version != dataVersion
  }

  private mutating func stop(at now: Timestamp) {
    guard !isStopping else { return }
    isStopping = true
    dispatcher.take(.stop, at: now)
    notifier.stopping()
    log.stopping()
  }

  private mutating func adoptSettings() {
    notifier.reloading()
    if let (rules, limits) = reload() { dispatcher.adopt(rules: rules, limits: limits) }
    isUnsettled = true
    notifier.ready()
  }

  private mutating func ended(untilIdle: Bool) throws -> End? {
    if isStopping { return dispatcher.isDrained ? .stopped : nil }
    guard untilIdle, dispatcher.isIdle, isUnsettled else { return nil }
    isUnsettled = false
    let counts = try table.jobCounts()
    guard counts[.queued] ?? 0 > 0 else {
      return .idle(failed: counts[.failed] ?? 0, held: counts[.held] ?? 0)
    }
    let gates = dispatcher.closedGates.filter(\.name.waitsForPersonOrClock)
    return gates.isEmpty ? nil : .gated(gates)
  }
}
