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
