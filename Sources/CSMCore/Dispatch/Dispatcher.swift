/// Decides everything that the daemon does: what to send, when to ask, when to wait.
///
/// A value without I/O and without a clock. Each turn of the daemon's loop
///
/// 1. hands over what happened (`take`) and the jobs that are due (`claim`),
/// 2. makes `changes()` durable in one transaction,
/// 3. and then does the `dueActions(at:)`, whose outcomes are what happens next.
///
/// So nothing is done before what led to it is durable, moves that arrive together share a commit,
/// and a crash between any two steps leaves rows from which `.recovered` goes on. What is only in
/// memory (schedules, strikes, the window) may be forgotten at any time.
package struct Dispatcher: Sendable {
  /// The bounds that a person sets, and those that follow from fal's documents.
  package struct Limits: Sendable {
    package var inFlightMax = 64
    package var submitTimeout: Duration = .seconds(60)
    /// The longest gap between two looks at a closed gate.
    package var gateProbe: Duration = .seconds(300)
    package var budget: Money?
    /// What is to stay on the account at fal.
    package var balanceFloor: Money?
    /// How often the account is read; nil for never.
    package var balanceGap: Duration?
    package var hours: Hours?
    /// Room on the disk below which nothing is started, in bytes.
    package var freeBytesMin: Int64 = 32 << 20

    package init() {}
  }

  /// POSTs on their way at once: so many jobs at most are in doubt after a crash.
  ///
  /// An eighth of what may be at fal keeps its runners busy while the answers are on their way.
  static func submitsMax(inWindow size: Int) -> Int { min(32, max(submitsMin, size / 8)) }
  static let submitsMin = 8
  /// Results that wait for their audio, at most, while the downloads do not get on.
  static let backlogMax = 1024
  /// Lost submits at most before no more are risked until some are found or given up.
  static let lostMax = 100

  var rules: Rules
  var limits: Limits
  var active: [Job.ID: ActiveJob] = [:]
  var gates = Gates()
  var window: Window
  var schedule = PollSchedule()
  var search = Search()
  var heldSearch = HeldSearch()
  /// Requests that the table does not know are looked for; nil where there can be none.
  var adoption: Adoption?
  /// They were, which is not durable yet.
  var endsAdoption = false
  /// When the newest request was accepted that is known to have started.
  var startedUpTo: Timestamp?
  var outage = Outage()
  var streaks = RefusalStreaks()
  var loneRefusals = LoneRefusals()
  var funds = Funds()
  var yield = Yield()
  var bills = Bills()
  /// A reading of the account that is not durable yet.
  var account: Account?
  /// When a result was last read well, of whatever job.
  var lastRead: Timestamp?
  /// When fal last answered a question about a request, whatever request it was.
  var lastAnswer: Timestamp?
  /// When audio was last stored, of whatever job.
  var lastStored: Timestamp?
  var work = WorkTime()
  var downloadPlaces = DownloadPlaces()
  /// What is wrong with jobs, which is not durable yet.
  var notices: [Job.ID: Notice] = [:]
  var lot: Lot
  /// Until when no submit is tried, since one after the other is refused.
  var restsUntil: Timestamp?
  /// Refusals for now in a row, of whatever job.
  var refusals = 0
  /// When the first job in the line is due, as far as is known.
  var nextDue: Timestamp?
  /// A batch has a budget.
  var hasBatchBudget = false
  /// The table was looked into since the last claim: jobs may be due that nobody has tried to claim.
  var hasNews = false
  var isProbing = false
  var isCheckingDisk = false
  private(set) var isStopping = false
  var moves: [Move] = []
  var exhausted: [BatchBudget.ID: ExhaustedBudget] = [:]

  package init(rules: Rules, limits: Limits, seed: UInt64) {
    self.rules = rules
    self.limits = limits
    window = Window(ceiling: limits.inFlightMax)
    lot = Lot(seed: seed)
  }

  /// New settings: they hold for what happens from now on.
  package mutating func adopt(rules: Rules, limits: Limits) {
    if limits.inFlightMax != self.limits.inFlightMax {
      window = Window(ceiling: limits.inFlightMax)
    }
    self.rules = rules
    self.limits = limits
    openSettingsGates()
  }

  /// Opens the gates that follow from settings, which may be others now.
  ///
  /// If their cause is still there, the next look at the line closes them again.
  mutating func openSettingsGates() {
    gates.open(.budget)
    gates.open(.hours)
    // Perhaps there is another floor now, or none.
    if funds.isBelowFloor { funds.readAt = Timestamp(milliseconds: .min) }
  }

  // MARK: 1. What happened

  /// Takes note of one thing that happened.
  package mutating func take(_ event: Event, at now: Timestamp) {
    switch event {
    case .done(let id, let generation, let outcome):
      guard var job = active[id], job.isBusy, job.job.generation == generation else { return }
      job.isBusy = false
      active[id] = job
      settle(job, outcome, at: now)
    case .listed(let outcome): settle(outcome, at: now)
    case .probed(let outcome): settle(outcome, at: now)
    case .account(let account): settle(account, at: now)
    case .mayNotKnow(let since): adoption = Adoption(since: since, at: now)
    case .adopted(let outcome): settle(outcome, at: now)
    case .freeBytes(let bytes): settle(freeBytes: bytes, at: now)
    case .control(let control): adopt(control, at: now)
    case .recovered(let jobs, let unsent):
      openSettingsGates()
      for job in jobs { recover(job, isUnsent: unsent.contains(job.id), at: now) }
    case .clockWasSet: clockWasSet(at: now)
    case .stop: isStopping = true
    }
  }

  // MARK: 2. What is to be made durable

  /// Hands over what has changed since the last time.
  package mutating func changes() -> Changes {
    defer {
      moves = []
      self.exhausted = [:]
      account = nil
      endsAdoption = false
      notices = [:]
    }
    forgetLongResults()
    let exhausted = exhausted.values.sorted { $0.budget.id < $1.budget.id }
    return Changes(
      moves: moves, gates: gates.takeChanges(), exhausted: exhausted, account: account,
      endsAdoption: endsAdoption,
      raise: bills.takeRaise(), notices: notices)
  }

  /// What is handed over is durable before anything is done about it: a long result is read from there then.
  private mutating func forgetLongResults() {
    for move in moves {
      guard move.after.hasLongResult,
        case .completed(let ticket, _?) = active[move.after.id]?.job.state
      else { continue }
      active[move.after.id]?.job.state = .completed(ticket, result: nil)
    }
  }

  /// Whether a move of the job waits to be made durable.
  func isUnsaved(_ id: Job.ID) -> Bool {
    moves.contains { $0.before.id == id }
  }

  /// Somebody else moved these jobs: they are forgotten, and come back by `.recovered` if active.
  package mutating func forget(_ missed: Set<Job.ID>) {
    for id in missed { active[id] = nil }
  }

  // MARK: 3. What is to be done

  /// What is to be done now; each action's outcome comes back as an event.
  package mutating func dueActions(at now: Timestamp) -> [Action] {
    guard !isStopping else { return [] }
    var actions = dueGateActions(at: now) + dueSearch(at: now) + dueAdoption(at: now)
    var receiving = receiving
    let due = active.values.filter { !$0.isBusy && $0.step != .search && dueAt($0) <= now }
    for entry in due.sorted(by: { ($0.at, $0.job.id) < ($1.at, $1.job.id) }) {
      switch entry.step {
      case .fetch:
        guard receiving.hasRoom(for: entry), !gates.stopDownloads else { continue }
        receiving.add(entry)
      case .poll:
        guard schedule.mayAsk(at: now) else { continue }
      case .collectLong:
        guard !receiving.hasLongResult else { continue }
        receiving.hasLongResult = true
      case .submit, .collect, .cancel, .search: break
      }
      active[entry.job.id]?.isBusy = true
      actions.append(.step(entry.step, entry.job))
    }
    return actions + dueAccountActions(at: now)
  }

  /// When there is something to do next, if nothing happens before; nil for never.
  ///
  /// A move that is not durable yet waits for nothing.
  /// What waits for a place (in the window, among the downloads) waits for an event that frees one.
  package func nextWake(after now: Timestamp) -> Timestamp? {
    guard !isStopping else { return nil }
    let hasChanges =
      !moves.isEmpty || account != nil || endsAdoption || bills.hasRaise || !notices.isEmpty
    var wakes = [nextGateLook, accountAt, searchAt, adoptionAt, hasChanges ? now : nil]
    if adoption == nil, !gates.stopSubmits,
      let due = [nextDue, restsUntil].compactMap(\.self).max(),
      nextDue != nil, due > now || hasNews
    {
      wakes.append(due)
    }
    let receiving = receiving
    for entry in active.values where !entry.isBusy {
      switch entry.step {
      case .search: break
      case .fetch:
        if !gates.stopDownloads, receiving.hasRoom(for: entry) { wakes.append(entry.at) }
      case .poll: wakes.append(max(dueAt(entry), schedule.slot))
      case .collectLong: if !receiving.hasLongResult { wakes.append(entry.at) }
      case .submit, .collect, .cancel: wakes.append(entry.at)
      }
    }
    return wakes.compactMap(\.self).min()
  }

  /// When the step of a job is due.
  private func dueAt(_ entry: ActiveJob) -> Timestamp {
    guard nextDue == nil, entry.step == .poll, entry.strikes == nil, entry.asideSince == nil,
      let usual = work.usual
    else { return entry.at }
    let isWorkedOn = entry.job.state.name == .inProgress
    let gap = PollSchedule.gapAtEnd(
      worked: isWorkedOn ? entry.followedAt.since(entry.since) : nil, usual: usual,
      left: active.count)
    return gap.map { min(entry.at, entry.followedAt + $0) } ?? entry.at
  }

  var submitting: Int { active.values.count { $0.job.state.name == .submitting } }

  /// Whether no POST is on its way, so that leaving puts nothing in doubt.
  package var isDrained: Bool {
    !active.values.contains { $0.isBusy && $0.step == .submit }
  }

  /// Whether what was spent today matters to `claim`.
  package var hasBudget: Bool { limits.budget != nil }

  var hasAnyBudget: Bool { hasBudget || hasBatchBudget }

  // MARK: Moves

  /// Makes a move, and what a person's wish to cancel makes of it.
  mutating func apply(_ move: Move, at now: Timestamp) {
    moves.append(move)
    // What was set aside and not spent may make room in the day's budget.
    if move.settles { gates.open(.budget) }
    funds.spent = funds.spent + move.spends(at: rules.price)
    let job = move.after
    guard job.state.name.isActive else {
      active[job.id] = nil
      notices[job.id] = nil
      yield.end(job.id)
      switch job.state {
      case .stored:
        yield.stored()
        downloadPlaces.stored(at: now)
        lastStored = now
        gates.open(.audio)
      case .queued where job.cancelWanted, .held where job.cancelWanted:
        moves.append(job.cancelledByPerson())
      case .queued(let due): nextDue = nextDue.map { min($0, due) } ?? due
      default: break
      }
      return
    }
    var entry = active[job.id] ?? ActiveJob(job: job, step: .submit, at: now)
    // The row says what the move says.
    entry.isTold = false
    notices[job.id] = nil
    if move.before.state.name != job.state.name {
      (entry.since, entry.overtakenSince, entry.asideSince) = (now, nil, nil)
    }
    entry.job = job
    active[job.id] = entry
  }
}
