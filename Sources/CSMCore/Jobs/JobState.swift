/// Where a job stands, with the data that exists only there.
///
/// Its arrows are in `next`; `csm-enqueue help states` (CSMHelp/states.md) says when each is taken.
package enum JobState: Sendable, Equatable {
  /// Nothing is out; may be sent from `due` on.
  case queued(due: Timestamp)
  /// The intent is durable since `intent`; one POST may be on its way.
  case submitting(intent: Timestamp)
  /// A POST made at `intent` may have been accepted, under an id that is not known; looked for since
  /// `since`.
  case unknown(intent: Timestamp, since: Timestamp)
  /// fal has it and it waits there.
  case inQueue(Ticket)
  /// fal has it and works on it.
  case inProgress(Ticket)
  /// fal finished; `result` is the result's JSON as received, nil where it is long and durable: then it
  /// stands in the table alone.
  case completed(Ticket, result: String?)
  /// The audio is in the store.
  case stored(StoredAudio)
  /// Over, and not tried again by itself.
  case failed
  /// Over, because a person said so.
  case cancelled
  /// Only a person can decide; `result` is there when fal's answer is durable but its audio is not.
  case held(Ticket?, result: String?)

  /// The names of the states, exactly as in SQL, JSON, logs and tables.
  package enum Name: String, Sendable, CaseIterable, Codable {
    case queued = "QUEUED"
    case submitting = "SUBMITTING"
    case unknown = "UNKNOWN"
    case inQueue = "IN_QUEUE"
    case inProgress = "IN_PROGRESS"
    case completed = "COMPLETED"
    case stored = "STORED"
    case failed = "FAILED"
    case cancelled = "CANCELLED"
    case held = "HELD"
  }

  /// The state's name.
  package var name: Name {
    switch self {
    case .queued: .queued
    case .submitting: .submitting
    case .unknown: .unknown
    case .inQueue: .inQueue
    case .inProgress: .inProgress
    case .completed: .completed
    case .stored: .stored
    case .failed: .failed
    case .cancelled: .cancelled
    case .held: .held
    }
  }

  /// What fal gave for the request that this state is about.
  package var ticket: Ticket? {
    switch self {
    case .inQueue(let ticket), .inProgress(let ticket), .completed(let ticket, _): ticket
    case .held(let ticket, _): ticket
    case .queued, .submitting, .unknown, .stored, .failed, .cancelled: nil
    }
  }
}

extension JobState.Name {
  /// Whether the daemon works on a job in this state, and nobody else may move it.
  package var isActive: Bool {
    switch self {
    case .submitting, .unknown, .inQueue, .inProgress, .completed: true
    case .queued, .stored, .failed, .cancelled, .held: false
    }
  }

  /// Whether nothing more happens in this state unless a person acts.
  package var isEnded: Bool {
    switch self {
    case .stored, .failed, .cancelled, .held: true
    case .queued, .submitting, .unknown, .inQueue, .inProgress, .completed: false
    }
  }

  /// Whether a request is at fal, or may be.
  package var isOut: Bool { isActive && self != .completed }

  /// Whether what waits for such a job need not wait any longer: all that ends but `HELD`, which a
  /// person has yet to decide on.
  package var isSettled: Bool { isEnded && self != .held }

  /// The states that may follow this one: all arrows of the machine, and no others.
  ///
  /// But for a row that cannot be read: it becomes `HELD` from wherever it stands.
  ///
  /// What leaves `STORED` has lost its audio here; it is fetched again from `HELD` by way of `IN_QUEUE`.
  package var next: Set<JobState.Name> {
    switch self {
    case .queued: [.submitting, .cancelled]
    case .submitting: [.inQueue, .queued, .failed, .unknown]
    case .unknown: [.inQueue, .queued, .held, .cancelled]
    case .inQueue: [.inProgress, .completed, .queued, .failed, .unknown, .cancelled, .held]
    case .inProgress: [.inQueue, .completed, .queued, .failed, .unknown, .cancelled, .held]
    case .completed: [.stored, .held]
    case .stored: [.held]
    case .cancelled: []
    case .failed: [.queued, .inQueue]
    case .held: [.queued, .unknown, .inQueue, .completed, .cancelled]
    }
  }
}
