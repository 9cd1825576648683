import CSMCore
import CSMFiles
import CSMSQLite

/// The rounds of the daemon's loop: record what has happened, then `act`.
///
/// It never waits or reads a clock. Its value may be dropped at any moment, as in a crash; a new
/// one continues from the table.
package struct Round {
  var dispatcher: Dispatcher
  let table: JobTable
  let log: EventLog
  private let metrics: Metrics
  var marks: SentMarks?
  /// Incremented with each change of the table.
  private(set) var revision = 0
  /// Changes that are not durable yet.
  private var unsaved: Dispatcher.Changes?
  private var dataVersion: Int?
  /// The state directory.
  var folder = ""
  /// The revision at which the last step was recorded beside the table, and when.
  private var recorded = (revision: 0, at: Timestamp(milliseconds: .min))
  /// When chained turns that have waited too long were last looked for.
  private var lastWaitCheck = Timestamp(milliseconds: .min)
  /// How often in a row moves of a job were refused although its row had the expected state.
  private var refusals: [Job.ID: Int] = [:]
  /// Whether something may have changed since the last `idleEnd`.
  var isUnsettled = true
  /// The batch that is heard again.
  var hearing: SecondHearing?
  /// Jobs that have ended since batches to hear again were last looked for; nil if any batch may be one.
  var endedJobs: [Job.ID]?

  package init(
    dispatcher: Dispatcher, table: JobTable, log: EventLog, metrics: Metrics = Metrics()
  ) {
    self.dispatcher = dispatcher
    self.table = table
    self.log = log
    self.metrics = metrics
  }

  /// Records the free space on disk; too little closes the gate before the disk is full.
  package mutating func note(freeBytes: Int64, at now: Timestamp) {
    if freeBytes < Dispatcher.Limits.freeBytesMin { take(.freeBytes(freeBytes), at: now) }
  }

  /// Records the last step beside the table, at a limited rate; durable on return.
  ///
  /// - Parameter isLast: whether csmd is stopping, so that no further call follows.
  mutating func recordLife(isLast: Bool = false, at now: Timestamp) {
    let isDue = isLast || now.since(recorded.at) >= .seconds(10)
    guard isDue, revision != recorded.revision else { return }
    do {
      guard let life = try table.life()?.token else { return }
      try LifeRecord(lives: [life], step: try table.lastStep().number).write(in: folder)
    } catch {
      // The old record is incomplete, but not wrong.
      log.failed("the last step was not recorded beside the table", error)
    }
    recorded = (revision, now)
  }

  // MARK: 1. What happened

  /// Records an event.
  package mutating func take(_ event: Dispatcher.Event, at now: Timestamp) {
    log.happened(event, names: names(of:))
    dispatcher.take(event, at: now)
  }

  /// Reads what people wrote into the table.
  package mutating func look(at now: Timestamp) throws {
    try look(tellsGates: true, at: now)
  }

  mutating func look(tellsGates: Bool, at now: Timestamp) throws {
    let before = Set(closedGates.map(\.name))
    dispatcher.take(.control(try table.control(at: now)), at: now)
    if tellsGates {
      let after = Set(closedGates.map(\.name))
      log.changed(
        closed: closedGates.filter { !before.contains($0.name) },
        opened: before.subtracting(after).sorted { $0.rawValue < $1.rawValue })
    }
    isUnsettled = true
    endedJobs = nil
    revision += 1
  }

  /// The names of these jobs' lines, as far as the table can be read.
  private func names(of jobs: Set<Job.ID>) -> [Job.ID: JobTable.JobName] {
    (try? table.names(of: jobs)) ?? [:]
  }

  /// Reads it only if another program has committed something since the last time.
  package mutating func lookForNews(at now: Timestamp) throws {
    let version = try table.dataVersion()
    guard version != dataVersion else { return }
    dataVersion = version
    try look(at: now)
  }

  /// Adapts to a clock that was set by more than a minute.
  package mutating func clockWasSet(at now: Timestamp) throws {
    try table.forgetFuture(beyond: dispatcher.longestWait, isSet: true, at: now)
    log.clockWasSet(to: now)
    dispatcher.take(.clockWasSet, at: now)
    recorded.at = Timestamp(milliseconds: .min)
    lastWaitCheck = Timestamp(milliseconds: .min)
    try look(at: now)
  }

  /// Adopts changed settings.
  package mutating func adopt(rules: Rules, limits: Dispatcher.Limits) {
    dispatcher.adopt(rules: rules, limits: limits)
    isUnsettled = true
  }

  // MARK: 2. What follows

  /// Claims due jobs, makes every decision durable, and only then returns the actions to start;
  /// each action's outcome is an event to `take`.
  ///
  /// After an error, the next call saves the same decisions.
  ///
  /// - Parameter offset: how far local time is ahead of UTC at a moment.
  package mutating func act(
    at now: Timestamp, offset: (Timestamp) -> Duration
  ) throws -> [Dispatcher.Action] {
    try renewMarks()
    try releaseImpatient(at: now)
    if unsaved == nil { try claim(at: now, offset: offset) }
    try holdUnreadable(at: now)
    try save(at: now)
    try hearAgain(at: now)
    return dispatcher.dueActions(at: now)
  }

  /// Releases chained turns that have waited too long for another take of an earlier turn.
  private mutating func releaseImpatient(at now: Timestamp) throws {
    guard now.since(lastWaitCheck) >= .seconds(10) else { return }
    lastWaitCheck = now
    // A batch is over as well when the rest of it waits for its budget.
    endedJobs = nil
    if try table.releaseImpatient(at: now) { try look(at: now) }
  }

  private mutating func claim(
    at now: Timestamp, offset: (Timestamp) -> Duration
  ) throws {
    let room = dispatcher.room(at: now, offset: offset)
    guard room > 0 else { return }
    let due = try table.dueJobs(limit: room, at: now)
    let spent = dispatcher.hasBudget ? try table.spent(since: now.startOfDay) : .zero
    dispatcher.claim(due, spent: spent, at: now)
  }

  /// Holds and logs rows that could not be read.
  mutating func holdUnreadable(at now: Timestamp) throws {
    let held = try table.holdUnreadable(at: now)
    guard !held.isEmpty else { return }
    for row in held { log.held(row, names: names(of:)) }
    isUnsettled = true
    revision += 1
  }

  mutating func save(at now: Timestamp) throws {
    let changes = unsaved ?? dispatcher.changes()
    guard !changes.isEmpty else { return }
    unsaved = changes
    let saved = try table.commit(changes, at: now)
    unsaved = nil
    isUnsettled = true
    revision += 1
    endedJobs? += changes.moves.filter { $0.after.state.name.isEnded }.map(\.after.id)
    metrics.saved(changes.moves, missed: saved.missed)
    log.saved(changes, missed: saved.missed, names: names(of:))
    // A submit that is now held is still looked for, and `look` is what tells the dispatcher so.
    if saved.hasReleased || changes.moves.contains(where: \.holdsLostSubmit) { try look(at: now) }
    guard !saved.missed.isEmpty else { return }
    dispatcher.forget(saved.missed)
    let jobs = try table.activeJobs(among: saved.missed)
    holdRefused(jobs, changes.moves)
    dispatcher.take(.recovered(jobs, unsent: []), at: now)
    // A job may still be queued, such as one whose claim its batch's budget could not afford.
    try look(at: now)
  }

  /// Marks rows whose moves are always refused as unreadable, since another job owns their request;
  /// the next round holds them.
  private mutating func holdRefused(_ jobs: [Job], _ moves: [Move]) {
    for job in jobs {
      let isAsBefore = moves.contains { move in
        move.before.id == job.id && move.before.state.name == job.state.name
          && move.before.generation == job.generation
          && move.before.cancelWanted == job.cancelWanted
          && move.before.retryWanted == job.retryWanted
      }
      refusals[job.id] = isAsBefore ? (refusals[job.id] ?? 0) + 1 : nil
      if refusals[job.id] == Self.refusalsMax {
        refusals[job.id] = nil
        table.noteUnreadable(job.id)
      }
    }
  }

  private static let refusalsMax = 3

  /// When the next round is due even if nothing happens; nil for never.
  package func nextWake(after now: Timestamp) -> Timestamp? {
    hearing == nil ? dispatcher.nextWake(after: now) : now
  }

  /// The requests in flight and the limit.
  mutating func load(at now: Timestamp) -> Dispatcher.Load { dispatcher.load(at: now) }

  /// How long to wait for more events after the first one.
  var batchDelay: Duration { dispatcher.batchDelay }

  package var closedGates: [Gate] { dispatcher.closedGates }

  /// Whether no POST is on its way, so that stopping leaves no outcome unknown.
  package var isDrained: Bool { dispatcher.isDrained }

  /// Why the work is over; nil if it is not, or if nothing has changed since the last call.
  package mutating func idleEnd() throws -> Daemon.End? {
    guard dispatcher.isIdle, isUnsettled else { return nil }
    endedJobs = nil
    guard try !mustHear() else { return nil }
    isUnsettled = false
    let waiting = try table.waitingJobs()
    let budgets = waiting.forBudget > 0 ? try table.budgets().filter(\.isExhausted) : []
    if waiting.due > 0 {
      let gates = closedGates.filter(\.name.waitsForPersonOrClock)
      return gates.isEmpty ? nil : .gated(gates, budgets)
    }
    guard budgets.isEmpty else { return .gated([], budgets) }
    let ended = try table.endedBadly()
    return .idle(failed: ended.failed, held: ended.held)
  }
}

extension Move {
  /// Whether it leaves a submit that was not found to a person.
  fileprivate var holdsLostSubmit: Bool { cause == .absent && after.state.name == .held }
}
