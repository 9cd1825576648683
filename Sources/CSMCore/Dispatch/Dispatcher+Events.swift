extension Dispatcher {
  /// Something that happened.
  package enum Event: Sendable {
    /// The outcome of a job's step.
    case done(Job.ID, generation: Int, StepOutcome)
    case listed(ListingOutcome)
    case probed(ProbeOutcome)
    case account(Account)
    /// The table was copied or put back: requests since then may be ours, and unknown to it.
    case mayNotKnow(since: Timestamp)
    case adopted(AdoptionOutcome)
    /// Free room on the state directory's disk, in bytes.
    case freeBytes(Int64)
    /// What people wrote into the table.
    case control(Control)
    /// Rows in an active state that nothing in memory stands for, at start or after `forget`; of
    /// those in `unsent` it is certain that their POST never left.
    case recovered([Job], unsent: Set<Job.ID>)
    /// The clock was set, by more than a minute.
    case clockWasSet
    /// Leave: no new submits, only the answers of those on their way.
    case stop
  }

  /// What people wrote into the table, for the daemon to follow.
  package struct Control: Sendable {
    /// All closed gates.
    package var gates: [Gate]
    /// Active jobs that somebody wants cancelled.
    package var cancelWanted: Set<Job.ID>
    /// Jobs that somebody's `retry` sent on to their result, its download, or a last look at the listing.
    package var retried: [Job]
    /// Lost submits that are `HELD`.
    package var held: [HeldJob]
    /// A batch has a budget.
    package var hasBatchBudget: Bool
    /// When the first job in the line is due; nil when none waits.
    package var nextDue: Timestamp?

    package init(
      gates: [Gate], cancelWanted: Set<Job.ID>, retried: [Job] = [], held: [HeldJob] = [],
      hasBatchBudget: Bool = false, nextDue: Timestamp?
    ) {
      self.gates = gates
      self.cancelWanted = cancelWanted
      self.retried = retried
      self.held = held
      self.hasBatchBudget = hasBatchBudget
      self.nextDue = nextDue
    }
  }

  /// What can be done about a job.
  package enum Step: String, Sendable {
    /// Make the one POST of the intent.
    case submit
    /// Nothing by itself: the listing is searched for all lost jobs at once.
    case search
    /// Ask for the status.
    case poll
    /// Read the result.
    case collect
    /// Read a result beyond the usual size, which holds the audio itself: one at a time.
    case collectLong
    /// Bring the audio into the store.
    case fetch
    /// Ask fal to cancel.
    case cancel
  }

  /// The outcome of a step.
  package enum StepOutcome: Sendable {
    case submit(SubmitOutcome)
    case poll(PollOutcome)
    case collect(CollectOutcome)
    case fetch(FetchOutcome)
    case cancel(CancelOutcome)
  }

  /// Something to be done.
  package enum Action: Sendable {
    case step(Step, Job)
    /// Read fal's listing of the requests to these models from `since` until now, for these scenes.
    case list(endpoints: [String], since: Timestamp, scenes: Set<[SpeechRequest.Turn]>)
    /// Ask fal for the status of an id that nobody has.
    case probe
    /// Read the account's balance.
    case readAccount
    /// Read fal's listing for requests since then that waiting jobs ask for.
    case adopt(since: Timestamp)
    /// Look how much room is free.
    case checkDisk
  }

  /// What is to be made durable in one transaction, in this order.
  package struct Changes: Sendable {
    package let moves: [Move]
    /// Each changed gate; nil where it is open now.
    package let gates: [Gate.Name: Gate?]
    package let exhausted: [ExhaustedBudget]
    /// What fal said of the account; nil where it was not read.
    package let account: Account?
    /// What the table may not have known is known.
    package let endsAdoption: Bool
    /// fal bills so many times what was set aside: it is raised for all that is out; nil where it stays.
    package let raise: Double?
    /// What is wrong with jobs that stay where they are.
    package let notices: [Job.ID: Notice]

    package init(
      moves: [Move], gates: [Gate.Name: Gate?] = [:], exhausted: [ExhaustedBudget] = [],
      account: Account? = nil, endsAdoption: Bool = false, raise: Double? = nil,
      notices: [Job.ID: Notice] = [:]
    ) {
      self.moves = moves
      self.gates = gates
      self.exhausted = exhausted
      self.account = account
      self.endsAdoption = endsAdoption
      self.raise = raise
      self.notices = notices
    }

    package var isEmpty: Bool {
      moves.isEmpty && gates.isEmpty && exhausted.isEmpty && account == nil && !endsAdoption
        && raise == nil && notices.isEmpty
    }
  }

  /// A job that the daemon works on, with what may be forgotten about it.
  struct ActiveJob: Sendable {
    var job: Job
    /// What is to be done next, or is being done.
    var step: Step
    /// When.
    var at: Timestamp
    /// When its status was last known.
    var followedAt: Timestamp
    /// The step is being done.
    var isBusy = false
    /// It was under way already when csmd started, and may have ended while csmd did not run.
    var isRecovered = false
    /// Since when csmd has seen it in its state.
    var since: Timestamp
    /// Since when requests that fal got later have been begun.
    var overtakenSince: Timestamp?
    /// Since when it has been set aside, as it takes so long; nil where it is not.
    var asideSince: Timestamp?
    /// Its row says what is wrong with it.
    var isTold = false
    /// What went wrong again and again, if anything did.
    var strikes: Strikes?
    /// The looks in vain since fal last said something about it, whatever came of each.
    var vain: Vain?
    var cancel = Cancel.notAsked
    /// The status that says that it is over says that it failed.
    var isSaidToFail = false
    /// Since when its result has looked like a failure, whatever came between.
    var doubtedSince: Timestamp?
    /// Of the bytes that were downloaded last and are no audio.
    var lastDigest: Digest?
    /// Since when fal has denied the id again and again, although its listing shows it.
    var deniedSince: Timestamp?

    /// How far a person's wish to cancel has come at fal.
    enum Cancel: Sendable { case notAsked, asked, acknowledged }

    init(job: Job, step: Step, at: Timestamp, isRecovered: Bool = false) {
      self.job = job
      self.step = step
      self.at = at
      since = at
      followedAt = at
      self.isRecovered = isRecovered
    }

    /// A person wants it cancelled, and fal has not been told.
    var wantsCancel: Bool { job.cancelWanted && cancel == .notAsked }

    /// fal said something of use about it.
    mutating func endStrikes() { (strikes, vain) = (nil, nil) }

    /// Counts a strike; one of another kind begins a new row.
    mutating func strike(_ kind: Strikes.Kind, _ problem: Problem, at now: Timestamp) -> Strikes {
      var row =
        strikes.flatMap { $0.kind == kind ? $0 : nil }
        ?? Strikes(kind: kind, since: now, problem: problem)
      row.count += 1
      row.problem = problem
      strikes = row
      vain = vain ?? Vain(since: now)
      vain?.count += 1
      if kind == .unreadable { vain?.wasUnreadable = true }
      return row
    }
  }

  /// A row of tries that came to nothing, each for a reason of its own.
  struct Vain: Sendable {
    let since: Timestamp
    var count = 0
    /// fal answered, and nothing that is understood.
    var wasUnreadable = false
  }

  /// A row of tries that all came to the same.
  struct Strikes: Sendable {
    let kind: Kind
    let since: Timestamp
    /// The last one.
    var problem: Problem
    var count = 0

    enum Kind: Sendable, Equatable {
      case passing, missing, failing, unreadable, shut, damaged, slow
      /// An answer of this error class.
      case doubted(String)

      /// What fal has is not what it should be.
      var isOfResult: Bool { self == .damaged || self == .unreadable }
    }

    /// Whether it was seen long and often enough.
    func isBelieved(at now: Timestamp) -> Bool {
      count >= Dispatcher.looksMin && now.since(since) >= Dispatcher.doubtGrace
    }
  }

  /// Sorts out the outcome of a step.
  mutating func settle(_ entry: ActiveJob, _ outcome: StepOutcome, at now: Timestamp) {
    switch outcome {
    case .submit(let outcome): settle(entry, outcome, at: now)
    case .poll(let outcome): settle(entry, outcome, at: now)
    case .collect(let outcome): settle(entry, outcome, at: now)
    case .fetch(let outcome): settle(entry, outcome, at: now)
    case .cancel(let outcome): settle(entry, outcome, at: now)
    }
  }

  /// Goes on with a row that nothing in memory stands for.
  mutating func recover(_ job: Job, isUnsent: Bool, at now: Timestamp) {
    guard active[job.id] == nil else { return }
    switch job.state {
    case .submitting where isUnsent: apply(job.neverSent(at: now), at: now)
    case .submitting(let intent):
      apply(job.restarted(intent: intent, at: now), at: now)
      searchSoon(job.id, at: now)
    case .unknown:
      active[job.id] = ActiveJob(job: job, step: .search, at: now)
      searchSoon(job.id, at: now)
    case .inQueue, .inProgress:
      active[job.id] = ActiveJob(
        job: job, step: job.cancelWanted ? .cancel : .poll, at: now, isRecovered: true)
      notices[job.id] = Notice(generation: job.generation, problem: nil)
    case .completed:
      active[job.id] = ActiveJob(job: job, step: .fetch, at: now)
      notices[job.id] = Notice(generation: job.generation, problem: nil)
    case .queued, .stored, .failed, .cancelled, .held: break
    }
  }
}
