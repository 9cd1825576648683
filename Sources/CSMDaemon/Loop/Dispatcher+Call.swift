import CSMCore

// The call to fal that an event completes, and its outcome, as labels of metrics.

extension Dispatcher.Event {
  /// Nil if the event does not complete a call to fal.
  var call: (operation: String, outcome: String)? {
    switch self {
    case .done(_, _, .submit(let outcome)): ("submit", outcome.word)
    case .done(_, _, .poll(let outcome)): ("poll", outcome.word)
    case .done(_, _, .collect(let outcome)): ("collect", outcome.word)
    case .done(_, _, .fetch(let outcome)): ("fetch", outcome.word)
    case .done(_, _, .cancel(let outcome)): ("cancel", outcome.word)
    case .listed(let outcome): ("list", outcome.word)
    case .probed(let outcome): ("probe", outcome.word)
    case .account(let account): ("account", account.balance == nil ? "unknown" : "read")
    case .adopted(.found): ("list", "listed")
    case .adopted(.unavailable): ("list", "unavailable")
    case .mayNotKnow, .freeBytes, .control, .recovered, .clockWasSet, .stop: nil
    }
  }
}

extension SubmitOutcome {
  fileprivate var word: String {
    switch self {
    case .accepted: "accepted"
    case .notSent, .notReady: "not_sent"
    case .later: "refused"
    case .gated: "gated"
    case .rejected, .denied: "rejected"
    case .unclear: "unclear"
    }
  }
}

extension PollOutcome {
  fileprivate var word: String {
    switch self {
    case .inQueue: "in_queue"
    case .inProgress: "in_progress"
    case .completed: "completed"
    case .long: "long"
    case .missing: "missing"
    case .unreadable: "unreadable"
    case .later: "no_answer"
    case .gated: "gated"
    }
  }
}

extension CollectOutcome {
  fileprivate var word: String {
    switch self {
    case .audio: "audio"
    case .long: "long"
    case .notYet: "not_yet"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .unreadable: "unreadable"
    case .missing: "missing"
    case .later: "no_answer"
    case .gated: "gated"
    }
  }
}

extension FetchOutcome {
  fileprivate var word: String {
    switch self {
    case .stored: "stored"
    case .later: "no_answer"
    case .slow: "slow"
    case .damaged: "damaged"
    case .refused: "forbidden"
    case .diskFull: "disk_full"
    }
  }
}

extension CancelOutcome {
  fileprivate var word: String {
    switch self {
    case .acknowledged: "acknowledged"
    case .tooLate: "too_late"
    case .later: "no_answer"
    }
  }
}

extension ListingOutcome {
  fileprivate var word: String {
    switch self {
    case .listed: "listed"
    case .unavailable: "unavailable"
    }
  }
}

extension ProbeOutcome {
  fileprivate var word: String {
    switch self {
    case .fine: "fine"
    case .unauthorized: "unauthorized"
    case .locked: "locked"
    case .unreachable: "unreachable"
    }
  }
}
