extension Dispatcher {
  /// Something that happened.
  package enum Event: Sendable {
    /// The outcome of a job's step.
    case done(Job.ID, generation: Int, StepOutcome)
    case listed(ListingOutcome)
    case probed(ProbeOutcome)
    case account(Account)
    /// The table was copied or restored: requests made since then may be ours and missing from it.
    case mayNotKnow(since: Timestamp)
    case adopted(AdoptionOutcome)
    /// Free space on the state directory's disk, in bytes.
    case freeBytes(Int64)
    /// What people wrote into the table.
    case control(Control)
    /// Rows in an active state that memory knows nothing of, at the start or after `forget`. The POSTs of
    /// those in `unsent` certainly never left.
    case recovered([Job], unsent: Set<Job.ID>)
    /// The clock was set, by more than a minute.
    case clockWasSet
    /// Stop: submit nothing more, and wait only for the answers to submits under way.
    case stop
  }

  package enum StepOutcome: Sendable {
    case submit(SubmitOutcome)
    case poll(PollOutcome)
    case collect(CollectOutcome)
    case fetch(FetchOutcome)
    case cancel(CancelOutcome)
  }

  /// What people wrote into the table for the daemon to follow.
  package struct Control: Sendable {
    /// All closed gates.
    package var gates: [Gate]
    /// Active jobs that somebody wants cancelled.
    package var cancelWanted: Set<Job.ID>
    /// Jobs that a `retry` sent on to their result, its download, or a last look at the listing.
    package var retried: [Job]
    /// Lost submits that are `HELD`.
    package var held: [HeldJob]
    /// Some batch has a budget.
    package var hasBatchBudget: Bool
    /// When the first job in the queue is due; nil when none waits.
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

  mutating func settle(_ entry: ActiveJob, _ outcome: StepOutcome, at now: Timestamp) {
    switch outcome {
    case .submit(let outcome): settle(entry, outcome, at: now)
    case .poll(let outcome): settle(entry, outcome, at: now)
    case .collect(let outcome): settle(entry, outcome, at: now)
    case .fetch(let outcome): settle(entry, outcome, at: now)
    case .cancel(let outcome): settle(entry, outcome, at: now)
    }
  }
}
