extension Dispatcher {
  /// What is being received, and how much more may be.
  struct Receiving: Sendable {
    /// Downloads that may run at once.
    let places: Int
    private(set) var downloads = 0
    private var slow = 0
    /// Whether a long result is in memory, or is being read from fal or the table.
    ///
    /// The next one waits, so that many need no more memory than one.
    private(set) var hasLongResult = false

    init(places: Int) { self.places = places }

    var hasPlace: Bool { downloads < places }

    func hasRoom(for entry: ActiveJob) -> Bool {
      if entry.isFetched {
        // Downloads that were slow before leave half of the places to the others.
        return hasPlace && (!entry.isSlow || slow < places / 2)
          && !(hasLongResult && entry.job.hasLongResult)
      }
      return !(hasLongResult && entry.readsLongResult)
    }

    mutating func add(_ entry: ActiveJob) {
      if entry.isFetched {
        downloads += 1
        if entry.isSlow { slow += 1 }
        if entry.job.hasLongResult { hasLongResult = true }
      } else if entry.readsLongResult {
        hasLongResult = true
      }
    }

    mutating func addResult(of entry: ActiveJob) {
      if entry.holdsLongResult { hasLongResult = true }
    }
  }

  var receiving: Receiving {
    var receiving = Receiving(places: downloadPlaces.count)
    for entry in active.values {
      if entry.isBusy { receiving.add(entry) }
      receiving.addResult(of: entry)
    }
    return receiving
  }
}

extension Dispatcher.ActiveJob {
  /// Whether its download was once given up for being slow.
  fileprivate var isSlow: Bool { fetching?.failures?.run.kind == .slow }

  fileprivate var readsLongResult: Bool {
    if case .result(isLong: true, _) = following?.question { true } else { false }
  }

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
