extension Dispatcher {
  /// What is being received, and how much more may be.
  struct Receiving: Sendable {
    /// Downloads that may go on at once.
    let places: Int
    private(set) var downloads = 0
    private var slow = 0
    /// A long result is in memory, or is being read from fal or the table: the next one waits, so that many
    /// need no more memory than one.
    var hasLongResult = false

    init(places: Int) { self.places = places }

    var hasPlace: Bool { downloads < places }

    func hasRoom(for entry: ActiveJob) -> Bool {
      // Those that were given up before since they were slow leave half of the places to the others.
      hasPlace && (!entry.isSlow || slow < places / 2)
        && !(hasLongResult && entry.job.hasLongResult)
    }

    mutating func add(_ entry: ActiveJob) {
      downloads += 1
      if entry.isSlow { slow += 1 }
      if entry.job.hasLongResult { hasLongResult = true }
    }
  }

  var receiving: Receiving {
    var receiving = Receiving(places: downloadPlaces.count)
    for entry in active.values {
      if entry.isBusy, entry.step == .fetch { receiving.add(entry) }
      if entry.isBusy && entry.step == .collectLong || entry.holdsLongResult {
        receiving.hasLongResult = true
      }
    }
    return receiving
  }
}

extension Dispatcher.ActiveJob {
  /// Its download was given up since it was slow.
  fileprivate var isSlow: Bool { strikes?.kind == .slow }

  fileprivate var holdsLongResult: Bool {
    if case .completed(_, _?) = job.state { job.hasLongResult } else { false }
  }
}

extension Job {
  /// Whether its result is beyond the usual size.
  var hasLongResult: Bool {
    guard case .completed(_, let result) = state else { return false }
    return result.map { $0.utf8.count > CollectOutcome.bytesMax } ?? true
  }
}
