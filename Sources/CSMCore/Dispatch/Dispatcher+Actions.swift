extension Dispatcher {
  /// Something to be done.
  package enum Action: Sendable {
    case step(Step, Job)
    /// Read fal's listing of the requests to these models from `since` until now, for these scenes.
    case list(endpoints: [String], since: Timestamp, scenes: Set<[SpeechRequest.Turn]>)
    /// Ask fal for the status of an id that nobody has.
    case probe
    /// Read the account's balance.
    case readAccount
    /// Read fal's listing for requests since then that match waiting jobs.
    case adopt(since: Timestamp)
    /// Measure the free space on the disk.
    case checkDisk
  }

  /// A step of one job, with what it needs.
  package enum Step: Sendable, Equatable {
    /// Make the one POST of the intent.
    case submit
    /// Ask for the status.
    case poll(Ticket)
    /// Read the result. A long one is beyond the usual size and holds the audio itself.
    case collect(Ticket, isLong: Bool)
    /// Ask fal to cancel.
    case cancel(Ticket)
    /// Download the audio into the store. A result of nil is read from the table.
    case fetch(result: String?)
  }

  /// What is to be made durable in one transaction, in this order.
  package struct Changes: Sendable {
    package let moves: [Move]
    /// Each changed gate; nil if it is open now.
    package let gates: [Gate.Name: Gate?]
    package let exhausted: [ExhaustedBudget]
    /// What fal said about the account; nil if it was not read.
    package let account: Account?
    /// Whether the requests that the table may have missed are now known.
    package let endsAdoption: Bool
    /// fal bills this many times the reserved cost: the costs of all requests under way are raised by this
    /// factor.
    ///
    /// Nil if they stay as they are.
    package let raise: Double?
    /// What is wrong with jobs that stay in their state.
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

  /// What is wrong with an active job, for its row to show; nil once nothing is.
  package struct Notice: Sendable, Equatable {
    package let generation: Int
    package let problem: Problem?

    package init(generation: Int, problem: Problem?) {
      self.generation = generation
      self.problem = problem
    }
  }
}
