extension Dispatcher {
  /// How much is under way, and how much may be.
  package struct Load: Sendable {
    /// Requests that may be at fal at once.
    package var window = 0
    /// Requests that are at fal, or on their way there.
    package var inFlight = 0
    /// Downloads under way.
    package var downloads = 0
  }

  package mutating func load(at now: Timestamp) -> Load {
    Load(
      window: window.size(at: now),
      inFlight: active.values.count(where: \.isOut),
      downloads: receiving.downloads)
  }

  /// Whether all places for POSTs or downloads are taken, and more work waits for one.
  package var isCrowded: Bool {
    let waits = active.values.count { $0.isFetched && !$0.isBusy }
    return !receiving.hasPlace && waits > 0 || nextDue != nil && submitting >= Self.submitsMin
  }

  /// How many jobs are active.
  package var activeCount: Int { active.count }

  /// Whether no job is active, and nothing is searched that a person could not do without.
  package var isIdle: Bool { active.isEmpty && adoption?.isReported ?? true }

  /// The gates that are closed.
  package var closedGates: [Gate] {
    gates.closed.values.sorted { $0.name.rawValue < $1.name.rawValue }
  }
}

extension Dispatcher.ActiveJob {
  /// The request is on its way to fal, waits there or is worked on.
  ///
  /// One that has ended makes room for the next, even while its result cannot be read.
  var isOut: Bool {
    switch stage {
    case .submit: true
    case .follow(let following): !following.isOver && following.asideSince == nil
    case .search, .fetch: false
    }
  }
}

extension Dispatcher.ActiveJob.Following {
  /// fal said that the request is over; its result is read.
  var isOver: Bool { if case .result = question { true } else { false } }
}
