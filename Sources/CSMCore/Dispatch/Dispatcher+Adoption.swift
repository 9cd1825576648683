extension Dispatcher {
  /// The search for requests that were made after the table was copied, or after the backup that it was
  /// restored from.
  ///
  /// Nothing is sent before it has succeeded once.
  struct Adoption: Sendable {
    let since: Timestamp
    /// When the listing is read next.
    var at: Timestamp
    var count = 0
    var isBusy = false
    /// Whether the gate says that the listing cannot be read; `resume` then continues without it.
    var isReported = false
  }

  /// After this many failed readings, the gate says so.
  private static let failedReadings = 3

  var adoptionAt: Timestamp? { adoption.flatMap { $0.isBusy ? nil : $0.at } }

  mutating func dueAdoption(at now: Timestamp) -> [Action] {
    guard let adoption, let at = adoptionAt, at <= now else { return [] }
    self.adoption?.isBusy = true
    return [.adopt(since: adoption.since - Reconciliation.clockSkew)]
  }

  /// A person opened the gate `paused`: the listing is read at once, or skipped if this csmd or an
  /// earlier one closed the gate because it cannot be read, and it still cannot.
  mutating func resumeAdoption(after pause: Gate, at now: Timestamp) {
    guard let search = adoption, gates.closed[.paused] == nil else { return }
    if search.count > 0, pause.reason.contains(Gate.opensUnread) {
      adoption = nil
      endsAdoption = true
    } else if !search.isBusy {
      adoption?.at = min(search.at, now)
    }
  }

  mutating func settle(_ outcome: AdoptionOutcome, at now: Timestamp) {
    guard var search = adoption else { return }
    switch outcome {
    case .unavailable(let problem):
      search.isBusy = false
      search.count += 1
      search.at = now + Backoff.listing.delay(search.count, generator: &generator)
      if search.count >= Self.failedReadings, !search.isReported {
        search.isReported = true
        gates.close(
          .paused,
          alsoBecause:
            "fal's list of requests cannot be read (\(problem.message)); it may show requests that this "
            + "table does not know of; \(Gate.opensUnread)",
          at: now)
      }
      adoption = search
    case .found(let found, let opaque):
      noteAnswer(at: now)
      // The listing was read before this round: a lost submit may own a request by now.
      let owned = ownedRequests
      for adopted in found
      where active[adopted.job.id] == nil && !owned.contains(adopted.request.requestID) {
        for move in adopted.job.adopted(adopted.request, at: now, price: rules.price) {
          apply(move, at: now)
        }
        follow(adopted.job.id, at: now)
      }
      let doubtful = opaque.count { !$0.isOwned(owned) }
      if doubtful > 0 {
        gates.close(.paused, alsoBecause: Self.reason(doubtful: doubtful), at: now)
      }
      adoption = nil
      endsAdoption = true
    }
  }

  private static func reason(doubtful count: Int) -> String {
    let requests =
      count == 1
      ? "1 request in fal's list may be a line" : "\(count) requests in fal's list may be lines"
    return
      "\(requests) of this table that csmd would send again, but cannot be read well enough to tell: "
      + "cancel the lines that fal's dashboard shows as done, then csm-enqueue resume"
  }
}
