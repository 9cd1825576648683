extension Dispatcher {
  /// How much is out, and how much may be.
  package struct Load: Sendable {
    /// Requests that may be at fal at once.
    package var window = 0
    /// Requests that are at fal, or on their way there.
    package var inFlight = 0
    /// Downloads that go on.
    package var downloads = 0
  }

  package mutating func load(at now: Timestamp) -> Load {
    Load(
      window: window.size(at: now),
      inFlight: active.values.count(where: \.isOut),
      downloads: receiving.downloads)
  }

  /// Whether the few places for POSTs or downloads at once are taken, and more could do with one.
  package var isCrowded: Bool {
    let waits = active.values.count { $0.step == .fetch && !$0.isBusy }
    return !receiving.hasPlace && waits > 0 || nextDue != nil && submitting >= Self.submitsMin
  }

  /// How many jobs are active.
  package var activeCount: Int { active.count }

  /// Whether no job is active, and nothing is looked for but what only a person can do without.
  package var isIdle: Bool { active.isEmpty && adoption?.isTold ?? true }

  /// The gates that are closed.
  package var closedGates: [Gate] {
    gates.closed.values.sorted { $0.name.rawValue < $1.name.rawValue }
  }
}

extension Dispatcher.ActiveJob {
  /// The request is on its way to fal, waits there or is worked on: one that is over makes room for the
  /// next, also while its result cannot be read.
  var isOut: Bool {
    switch job.state {
    case .submitting: true
    case .inQueue, .inProgress: step != .collect && step != .collectLong && asideSince == nil
    case .queued, .unknown, .completed, .stored, .failed, .cancelled, .held: false
    }
  }
}
