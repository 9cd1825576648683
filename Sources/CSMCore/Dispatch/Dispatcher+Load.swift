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

  /// How long a round waits for more events after the first one, so that they share its commit.
  ///
  /// It grows with the number of active jobs: the more there are, the more arrives, and the less each of them
  /// matters. It is short while jobs wait for the places that the events free, and a small part of the
  /// model's usual time, since every request goes through several rounds.
  package var batchDelay: Duration {
    let shortest: Duration = .milliseconds(25)
    let longest: Duration =
      isCrowded ? shortest : max(shortest, min(.milliseconds(250), (work.usual ?? .seconds(2)) / 8))
    return min(.milliseconds(4) * (1 + active.count), longest)
  }

  /// Whether all places for POSTs or downloads are taken, and more work waits for one.
  var isCrowded: Bool {
    let waits = active.values.count { $0.isFetched && !$0.isBusy }
    return !receiving.hasPlace && waits > 0 || nextDue != nil && submitting >= Self.submitsMin
  }

  /// Whether no job is active, and nothing is searched for that a person could not do without.
  package var isIdle: Bool { active.isEmpty && adoption?.isReported ?? true }

  package var closedGates: [Gate] {
    gates.closed.values.sorted { $0.name.rawValue < $1.name.rawValue }
  }
}

extension Dispatcher.ActiveJob {
  /// Whether the request is on its way to fal, waits there or is worked on.
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
  /// Whether fal said that the request is over, so that its result is read.
  var isOver: Bool { if case .result = question { true } else { false } }
}
