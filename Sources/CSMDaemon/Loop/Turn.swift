import CSMCore
import CSMFiles
import CSMSQLite

/// The turns of the daemon's loop: take note of what has happened, then `act`.
///
/// Nothing in here waits or reads a clock, so that whoever drives it may drop the value at any moment,
/// as a crash does, and a new one goes on from what is in the table.
package struct Turn {
  private var dispatcher: Dispatcher
  private let table: JobTable
  private let log: TurnLog
  private let metrics: Metrics
  private var marks: SentMarks?
  /// Changes with the table.
  private(set) var revision = 0
  /// What `save` has not made durable yet.
  private var unsaved: Dispatcher.Changes?
  private var dataVersion: Int?
  /// The state directory.
  private var folder = ""
  /// The revision that was last written down beside the table, and when.
  private var recorded = (revision: 0, at: Timestamp(milliseconds: .min))
  /// When it was last looked for turns that have waited for too long.
  private var patience = Timestamp(milliseconds: .min)
  /// How often in a row moves of a job did not take effect, although its row was as they wanted it.
  private var refusals: [Job.ID: Int] = [:]
  /// Something may have changed since it was last asked whether the work is over.
  private var isUnsettled = true

  package init(
    dispatcher: Dispatcher, table: JobTable, log: TurnLog, metrics: Metrics = Metrics()
  ) {
    self.dispatcher = dispatcher
    self.table = table
    self.log = log
    self.metrics = metrics
  }

  /// Settles what an earlier life left, which is durable on return, and opens the file for marks of
  /// this life: to be done before everything else.
  ///
  /// The order matters. Marks that begin before the intents of an earlier life are settled would say,
  /// after one more crash, that their POSTs never left:
  ///
  ///     commit        what is settled
  ///     open, O_EXCL  the file for this life's marks
  ///     commit        the table names this life
  ///     unlink        the files of other lives: from now on a table that names one of them is an older one
  ///
  /// A table that is not what the last life left would have things sent that were sent already: then the
  /// gate `paused` closes, and fal's listing is read for them before anything else is sent.
  ///
  /// - Parameter folder: the state directory.
  /// - Returns: nil where there is no place for marks: then an intent without an answer is always in
  ///   doubt.
  package mutating func recover(
    marksIn place: SentMarksPlace, in folder: String, at now: Timestamp
  ) throws -> SentMarks? {
    try table.forgetFuture(beyond: dispatcher.longestWait, at: now)
    try table.recountBudgets()
    try table.lookForUnreadable()
    let last = try table.life()
    let continuity = try Continuity(of: table, last, in: folder, marksIn: place)
    if let doubt = continuity.doubt {
      let since = try table.lastStep().at ?? now
      let reason = Continuity.reason(doubt, since: since)
      try table.suspend(because: reason, since: since, at: now)
      log.paused(because: reason)
    }
    if let since = try table.adoptSince() { dispatcher.take(.mayNotKnow(since: since), at: now) }
    // What is known of another table says nothing of what left of this one.
    try settle(
      continuity.doubt == nil ? continuity.marks : nil, tellsGates: continuity.doubt == nil, at: now
    )
    let life = JobTable.Life(token: Int64.random(in: .min ... .max), place: continuity.place)
    self.folder = folder
    do throws(FileError) {
      marks = try place.begin(life: life.token)
    } catch {
      // Room may come; whatever else is in the way, work goes on.
      guard !error.isOutOfSpace else { throw error }
      log.unmarked(error)
    }
    try begin(life.token, after: last?.token) { try table.begin(life) }
    place.removeAll(but: life.token)
    return marks
  }

  /// Lets the table name another life, which the record beside it knows before and after.
  ///
  /// The order matters, since the process may die at any moment:
  ///
  ///     record   names the old life and the new one
  ///     commit   the table names the new one
  ///     record   names the new one alone: a table that names any other is not the last one
  private func begin(_ life: Int64, after last: Int64?, commit: () throws -> Void) throws {
    let step = try table.lastStep().number
    if let last { try LifeRecord(lives: [last, life], step: step).write(in: folder) }
    try commit()
    try LifeRecord(lives: [life], step: step).write(in: folder)
  }

  /// Has the marks begin anew where there are many; no intent is made meanwhile.
  private func renewMarks() throws {
    guard let marks, marks.areMany else { return }
    do {
      try marks.renew(
        out: {
          try table.intents().map { SentMarks.Mark(job: $0, generation: Int64($1)) }
        },
        begin: { life in
          try begin(life, after: try table.life()?.token) { try table.begin(life: life) }
        })
    } catch is FileError {
      // The old file takes more of them, and the next turn tries again.
    }
  }

  /// - Parameters:
  ///   - marks: the submits that had begun to leave; nil where that is not known.
  ///   - tellsGates: the log does not know of the closed gates yet.
  private mutating func settle(
    _ marks: Set<SentMarks.Mark>?, tellsGates: Bool, at now: Timestamp
  ) throws {
    let jobs = try table.activeJobs()
    let unsent = jobs.filter { job in
      guard let marks else { return false }
      return !marks.contains(SentMarks.Mark(job: job.id, generation: Int64(job.generation)))
    }
    try look(tellsGates: tellsGates, at: now)
    try holdUnreadable(at: now)
    dispatcher.take(.recovered(jobs, unsent: Set(unsent.map(\.id))), at: now)
    try save(at: now)
  }

  /// So much room is left; what is too little closes the gate before the disk is full.
  package mutating func note(freeBytes: Int64, at now: Timestamp) {
    if freeBytes < Dispatcher.Limits().freeBytesMin { take(.freeBytes(freeBytes), at: now) }
  }

  /// Writes down beside the table how far it is, now and then; durable on return.
  ///
  /// - Parameter isLast: csmd leaves, and nothing follows.
  mutating func recordLife(isLast: Bool = false, at now: Timestamp) {
    let isDue = isLast || now.since(recorded.at) >= .seconds(10)
    guard isDue, revision != recorded.revision else { return }
    do {
      guard let life = try table.life()?.token else { return }
      try LifeRecord(lives: [life], step: try table.lastStep().number).write(in: folder)
    } catch {
      // The one that is there says less, and nothing wrong.
      log.failed("how far the table is was not written down", error)
    }
    recorded = (revision, now)
  }

  // MARK: 1. What happened

  /// Takes note of one thing that happened.
  package mutating func take(_ event: Dispatcher.Event, at now: Timestamp) {
    log.happened(event, names: names(of:))
    dispatcher.take(event, at: now)
  }

  /// Takes note of what people wrote into the table.
  package mutating func look(at now: Timestamp) throws {
    try look(tellsGates: true, at: now)
  }

  private mutating func look(tellsGates: Bool, at now: Timestamp) throws {
    let before = Set(closedGates.map(\.name))
    dispatcher.take(.control(try table.control(at: now)), at: now)
    if tellsGates {
      let after = Set(closedGates.map(\.name))
      log.changed(
        closed: closedGates.filter { !before.contains($0.name) },
        opened: before.subtracting(after).sorted { $0.rawValue < $1.rawValue })
    }
    isUnsettled = true
    revision += 1
  }

  /// What jobs are for, as far as the table can be read.
  private func names(of jobs: Set<Job.ID>) -> [Job.ID: JobTable.JobName] {
    (try? table.names(of: jobs)) ?? [:]
  }

  /// Does so where another program has committed something since the last time.
  package mutating func lookForNews(at now: Timestamp) throws {
    let version = try table.dataVersion()
    guard version != dataVersion else { return }
    dataVersion = version
    try look(at: now)
  }

  /// The clock was set, by more than a minute.
  package mutating func clockWasSet(at now: Timestamp) throws {
    log.clockWasSet(to: now)
    try table.forgetFuture(beyond: dispatcher.longestWait, isSet: true, at: now)
    dispatcher.take(.clockWasSet, at: now)
    recorded.at = Timestamp(milliseconds: .min)
    patience = Timestamp(milliseconds: .min)
    try look(at: now)
  }

  /// Takes over settings that a person changed.
  package mutating func adopt(rules: Rules, limits: Dispatcher.Limits) {
    dispatcher.adopt(rules: rules, limits: limits)
    isUnsettled = true
  }

  // MARK: 2. What follows

  /// Claims what is due, makes every decision durable, and only then gives what is to be done now; each
  /// action's outcome is an event to take note of.
  ///
  /// After an error a second call tries to save the same decisions again.
  ///
  /// - Parameter offset: what local time is ahead of UTC at a moment.
  package mutating func act(
    at now: Timestamp, offset: (Timestamp) -> Duration
  ) throws -> [Dispatcher.Action] {
    try renewMarks()
    try releaseImpatient(at: now)
    if unsaved == nil { try claim(at: now, offset: offset) }
    try holdUnreadable(at: now)
    try save(at: now)
    return dispatcher.dueActions(at: now)
  }

  /// Turns wait for another take of a turn before them, but not for ever.
  private mutating func releaseImpatient(at now: Timestamp) throws {
    guard now.since(patience) >= .seconds(10) else { return }
    patience = now
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

  /// Rows that could not be read are HELD, each by itself, and told.
  private mutating func holdUnreadable(at now: Timestamp) throws {
    let held = try table.holdUnreadable(at: now)
    guard !held.isEmpty else { return }
    for row in held { log.held(row, names: names(of:)) }
    isUnsettled = true
    revision += 1
  }

  private mutating func save(at now: Timestamp) throws {
    let changes = unsaved ?? dispatcher.changes()
    guard !changes.isEmpty else { return }
    unsaved = changes
    let saved = try table.commit(changes, at: now)
    unsaved = nil
    isUnsettled = true
    revision += 1
    metrics.saved(changes.moves, missed: saved.missed)
    log.saved(changes, missed: saved.missed, names: names(of:))
    if saved.hasReleased { try look(at: now) }
    guard !saved.missed.isEmpty else { return }
    dispatcher.forget(saved.missed)
    let jobs = try table.activeJobs(among: saved.missed)
    holdRefused(jobs, changes.moves)
    dispatcher.take(.recovered(jobs, unsent: []), at: now)
    // One may be in the line still, such as a claim for which its batch's budget had no room.
    try look(at: now)
  }

  /// A row whose moves never take effect has a request that another job owns: it is HELD in the next turn.
  private mutating func holdRefused(_ jobs: [Job], _ moves: [Move]) {
    for job in jobs {
      let isAsBefore = moves.contains { move in
        move.before.id == job.id && move.before.state.name == job.state.name
          && move.before.generation == job.generation
          && move.before.cancelWanted == job.cancelWanted
      }
      refusals[job.id] = isAsBefore ? (refusals[job.id] ?? 0) + 1 : nil
      if refusals[job.id] == Self.refusalsMax {
        refusals[job.id] = nil
        table.noteUnreadable(job.id)
      }
    }
  }

  private static let refusalsMax = 3

  /// When there is something to do next, if nothing happens before; nil for never.
  package func nextWake(after now: Timestamp) -> Timestamp? {
    dispatcher.nextWake(after: now)
  }

  /// How much is out, and how much may be.
  mutating func load(at now: Timestamp) -> Dispatcher.Load { dispatcher.load(at: now) }

  /// How many jobs are under way.
  var activeCount: Int { dispatcher.activeCount }

  /// Whether others wait for the places that the next answers will free.
  var isCrowded: Bool { dispatcher.isCrowded }

  /// The gates that are closed.
  package var closedGates: [Gate] { dispatcher.closedGates }

  /// Whether no POST is on its way, so that leaving puts nothing in doubt.
  package var isDrained: Bool { dispatcher.isDrained }

  /// Why the work is over; nil as long as it is not, or nothing has changed since the last answer.
  package mutating func idleEnd() throws -> Daemon.End? {
    guard dispatcher.isIdle, isUnsettled else { return nil }
    isUnsettled = false
    let line = try table.waitingJobs()
    let budgets = line.forBudget > 0 ? try table.budgets().filter(\.isExhausted) : []
    if line.due > 0 {
      let gates = closedGates.filter(\.name.waitsForPersonOrClock)
      return gates.isEmpty ? nil : .gated(gates, budgets)
    }
    guard budgets.isEmpty else { return .gated([], budgets) }
    let ended = try table.endedBadly()
    return .idle(failed: ended.failed, held: ended.held)
  }
}
