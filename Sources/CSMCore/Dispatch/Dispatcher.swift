/// Decides everything that the daemon does: what to send, when to ask, when to wait.
///
/// A value without I/O and without a clock. Each round of the daemon's loop
///
/// 1. hands over what happened (`take`) and the jobs that are due (`claim`),
/// 2. makes `changes()` durable in one transaction,
/// 3. and then does the `dueActions(at:)`, whose outcomes are what happens next.
///
/// So nothing is done before what led to it is durable, moves that arrive together share a commit, and a
/// crash between any two of these leaves rows from which `.recovered` continues. What is only in memory
/// (schedules, failures, the window) may be forgotten at any time.
package struct Dispatcher: Sendable {
  /// The bounds that a person sets, and those that follow from fal's documentation.
  package struct Limits: Sendable {
    package var inFlightMax = 64
    package var submitTimeout: Duration = .seconds(60)
    /// The longest gap between two looks at a closed gate.
    package var gateProbe: Duration = .seconds(300)
    package var budget: Money?
    /// The balance at fal below which nothing is submitted.
    package var balanceFloor: Money?
    /// How often the account is read; nil for never.
    package var balanceGap: Duration?
    package var hours: Hours?
    /// The free space on the disk below which nothing is started, in bytes.
    package static let freeBytesMin: Int64 = 32 << 20

    package init() {}
  }

  /// The most POSTs under way at once: no more jobs than that can be in doubt after a crash.
  ///
  /// An account with many runners needs more: one for every four requests that the window has beyond 64.
  static func submitsMax(inWindow size: Int) -> Int { min(64, submitsMin + max(0, size - 64) / 4) }
  static let submitsMin = 8
  /// The most results that wait for their audio while downloads make no progress.
  static let backlogMax = 1024
  /// The most lost submits; no more are risked until some are found or given up.
  static let lostMax = 100

  var rules: Rules
  var limits: Limits
  var active: [Job.ID: ActiveJob] = [:]
  var gates = Gates()
  var window: Window
  var schedule = PollSchedule()
  var search = Search()
  var heldSearch = HeldSearch()
  /// The search for requests that the table does not know; nil if there can be none.
  var adoption: Adoption?
  /// Whether that search has ended; not durable yet.
  var endsAdoption = false
  /// When fal accepted the newest request that is known to have started.
  var startedUpTo: Timestamp?
  var outage = Outage()
  var streaks = RefusalStreaks()
  var loneRefusals = LoneRefusals()
  var funds = Funds()
  var results = RecentResults()
  var bills = Bills()
  /// A reading of the account that is not durable yet.
  var account: Account?
  /// When the result of any job was last read.
  var lastRead: Timestamp?
  /// When fal last answered a question about any request.
  var lastAnswer: Timestamp?
  /// When the audio of any job was last stored.
  var lastStored: Timestamp?
  var work = WorkTime()
  var downloadPlaces = DownloadPlaces()
  /// What is wrong with jobs; not durable yet.
  var notices: [Job.ID: Notice] = [:]
  var generator: SeededGenerator
  /// Until when no submit is tried, because one after another is refused.
  var restsUntil: Timestamp?
  /// Submits of any job that fal put off in a row.
  var refusals = 0
  /// When the first job in the queue is due, as far as is known.
  var nextDue: Timestamp?
  /// The state of the last requests of the night, which are asked about often; nil before.
  private var lastWave: JobState.Name?
  /// Whether some batch has a budget.
  var hasBatchBudget = false
  /// Whether the table was read since the last claim, so that jobs may be due that nobody has tried
  /// to claim.
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
    generator = SeededGenerator(seed: seed)
  }

  /// Adopts new settings, for what happens from now on.
  package mutating func adopt(rules: Rules, limits: Limits) {
    if limits.inFlightMax != self.limits.inFlightMax {
      window = Window(ceiling: limits.inFlightMax)
    }
    self.rules = rules
    self.limits = limits
    openSettingsGates()
  }

  /// Opens the gates that follow from settings, which may have changed.
  ///
  /// If their cause is still there, the next claim closes them again.
  mutating func openSettingsGates() {
    gates.open(.budget)
    gates.open(.hours)
    // There may be another floor now, or none.
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

  /// What is handed over becomes durable before anything is done about it, so a long result can be read
  /// from the table then.
  private mutating func forgetLongResults() {
    for move in moves where move.after.hasLongResult { active[move.after.id]?.forgetLongResult() }
  }

  /// Whether the job has a move that is not durable yet.
  func isUnsaved(_ id: Job.ID) -> Bool {
    moves.contains { $0.before.id == id }
  }

  /// Forgets jobs that somebody else moved; they come back by `.recovered` if they are active.
  package mutating func forget(_ missed: Set<Job.ID>) {
    for id in missed { active[id] = nil }
  }

  // MARK: 3. What is to be done

  /// The actions to carry out now; each one's outcome comes back as an event.
  package mutating func dueActions(at now: Timestamp) -> [Action] {
    guard !isStopping else { return [] }
    findLastWave(at: now)
    var actions = dueGateActions(at: now) + dueSearch(at: now) + dueAdoption(at: now)
    var receiving = receiving
    let due = active.values.filter { entry in
      !entry.isBusy && dueAt(entry).map { $0 <= now } ?? false
    }
    for entry in due.sorted(by: { ($0.at, $0.job.id) < ($1.at, $1.job.id) }) {
      guard let step = entry.step, receiving.hasRoom(for: entry) else { continue }
      switch step {
      case .fetch: if gates.stopDownloads { continue }
      case .poll: guard schedule.mayAsk(at: now) else { continue }
      case .submit, .collect, .cancel: break
      }
      receiving.add(entry)
      active[entry.job.id]?.isBusy = true
      actions.append(.step(step, entry.job))
    }
    return actions + dueAccountActions(at: now)
  }

  /// When there is something to do next, if nothing happens before; nil for never.
  ///
  /// Moves that are not durable yet are due at once. What waits for a place, in the window or among the
  /// downloads, waits for the event that frees one.
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
      guard let due = dueAt(entry), receiving.hasRoom(for: entry) else { continue }
      if entry.isFetched, gates.stopDownloads { continue }
      wakes.append(entry.isPolled ? max(due, schedule.slot) : due)
    }
    return wakes.compactMap(\.self).min()
  }

  /// When the step of a job is due; nil while it waits for the listing.
  private func dueAt(_ entry: ActiveJob) -> Timestamp? {
    if entry.isSearchedFor { return nil }
    guard entry.job.state.name == lastWave, let usual = work.usual, let following = entry.following,
      following.question == .status, following.failures == nil, following.asideSince == nil
    else { return entry.at }
    let gap = PollSchedule.gapAtEnd(
      worked: lastWave == .inProgress ? following.answeredAt.since(following.since) : nil,
      usual: usual, left: active.count)
    return gap.map { min(entry.at, following.answeredAt + $0) } ?? entry.at
  }

  /// Finds the requests whose ends decide how long the night is.
  ///
  /// While some wait at fal, the ends of those that are worked on come before theirs.
  private mutating func findLastWave(at now: Timestamp) {
    guard nextDue == nil, active.count <= window.size(at: now) else {
      lastWave = nil
      return
    }
    let someWait = active.values.contains {
      $0.job.state.name == .inQueue && $0.following?.asideSince == nil
    }
    lastWave = someWait ? .inQueue : .inProgress
  }

  var submitting: Int { active.values.count { $0.job.state.name == .submitting } }

  /// Whether no POST is under way, so that stopping puts nothing in doubt.
  package var isDrained: Bool {
    !active.values.contains { $0.isBusy && $0.step == .submit }
  }

  /// Whether `claim` needs to know what was spent today.
  package var hasBudget: Bool { limits.budget != nil }

  var hasAnyBudget: Bool { hasBudget || hasBatchBudget }

  // MARK: Moves

  /// Makes a move, and cancels the job if a person wants that and fal no longer has it.
  mutating func apply(_ move: Move, at now: Timestamp) {
    moves.append(move)
    // Money that was reserved and not spent may make room in the day's budget.
    if move.settles { gates.open(.budget) }
    funds.spent = funds.spent + move.spends(at: rules.price)
    let job = move.after
    notices[job.id] = nil
    guard let entry = active[job.id].map({ $0.moved(to: job, at: now) }) ?? ActiveJob(job, at: now)
    else { return end(job, at: now) }
    active[job.id] = entry
    if job.state.name == .unknown { active[job.id]?.doubt = move.problem }
  }

  /// The daemon has nothing more to do for the job.
  private mutating func end(_ job: Job, at now: Timestamp) {
    active[job.id] = nil
    results.settled(job.id)
    switch job.state {
    case .stored:
      results.stored()
      downloadPlaces.stored(at: now)
      lastStored = now
      gates.open(.audio)
    case .queued where job.cancelWanted, .held where job.cancelWanted:
      moves.append(job.cancelledByPerson())
    case .queued(let due): nextDue = nextDue.map { min($0, due) } ?? due
    default: break
    }
  }
}
