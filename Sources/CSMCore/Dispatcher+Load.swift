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
      inFlight: active.values.count {
        [.submitting, .inQueue, .inProgress].contains($0.job.state.name)
      },
      downloads: active.values.count { $0.isBusy && $0.step == .fetch })
  }
}
