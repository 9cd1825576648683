/// The state of a job, with the data that exists only in that state.
///
/// `Name.next` lists the transitions; `csm-enqueue help states` (CSMHelp/states.md) explains them.
package enum JobState: Sendable, Equatable {
  /// Not at fal; may be sent from `due` on.
  case queued(due: Timestamp)
  /// The intent has been durable since `intent`; its one POST may be on its way.
  case submitting(intent: Timestamp)
  /// The POST of `intent` may have been accepted under an unknown id; csmd has looked for it since
  /// `since`.
  case unknown(intent: Timestamp, since: Timestamp)
  /// Waiting at fal.
  case inQueue(Ticket)
  /// Being spoken at fal.
  case inProgress(Ticket)
  /// Finished at fal; `result` is the JSON as received, or nil if it is long and kept only in the
  /// table.
  case completed(Ticket, result: String?)
  /// The audio is in the store.
  case stored(StoredAudio)
  /// Given up; csmd does not retry it.
  case failed
  /// Given up at a person's request.
  case cancelled
  /// Waiting for a person to decide; `result` is set when fal's answer is durable but its audio is
  /// not.
  case held(Ticket?, result: String?)

  /// The names of the states as they appear in SQL, JSON, logs and tables.
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

  /// The ticket of the current request; nil in states without one.
  package var ticket: Ticket? {
    switch self {
    case .inQueue(let ticket), .inProgress(let ticket), .completed(let ticket, _): ticket
    case .held(let ticket, _): ticket
    case .queued, .submitting, .unknown, .stored, .failed, .cancelled: nil
    }
  }
}

extension JobState.Name {
  /// Whether csmd is working on the job, so that no other program may change its state.
  package var isActive: Bool {
    switch self {
    case .submitting, .unknown, .inQueue, .inProgress, .completed: true
    case .queued, .stored, .failed, .cancelled, .held: false
    }
  }

  /// Whether nothing more happens unless a person acts.
  package var isEnded: Bool {
    switch self {
    case .stored, .failed, .cancelled, .held: true
    case .queued, .submitting, .unknown, .inQueue, .inProgress, .completed: false
    }
  }

  /// Whether a request is, or may be, at fal.
  package var isOut: Bool { isActive && self != .completed }

  /// Whether jobs that wait for this one may go on: any ended state except `HELD`, on which a
  /// person has yet to decide.
  package var isSettled: Bool { isEnded && self != .held }

  /// The states that may follow this one: exactly the transitions of the state machine.
  ///
  /// The only exception is an unreadable row, which becomes `HELD` from any state.
  ///
  /// A job leaves `STORED` when its audio is lost; from `HELD` it is fetched again via `IN_QUEUE`.
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

extension JobState {
  /// The same state once the clock was set: nothing of it is in the future, and the search for a submit
  /// begins early enough to show it.
  func afterClockWasSet(at now: Timestamp) -> JobState {
    switch self {
    case .submitting(let intent):
      .submitting(intent: min(intent, now) - Reconciliation.clockSetMargin)
    case .unknown(let intent, _):
      .unknown(intent: min(intent, now) - Reconciliation.clockSetMargin, since: now)
    case .inQueue(let ticket): .inQueue(ticket.accepted(by: now))
    case .inProgress(let ticket): .inProgress(ticket.accepted(by: now))
    case .completed(let ticket, let result): .completed(ticket.accepted(by: now), result: result)
    case .queued, .stored, .failed, .cancelled, .held: self
    }
  }
}

extension Ticket {
  fileprivate func accepted(by now: Timestamp) -> Ticket {
    Ticket(
      requestID: requestID, statusURL: statusURL, responseURL: responseURL, cancelURL: cancelURL,
      acceptedAt: min(acceptedAt, now))
  }
}
