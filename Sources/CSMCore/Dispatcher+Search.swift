extension Dispatcher {
  /// The search for lost submits: one reading of fal's listing serves all of them.
  struct Search: Sendable {
    /// When the listing is read next.
    var at: Timestamp?
    /// Readings since the last job was lost.
    var count = 0
    var isBusy = false
  }

  /// Nobody is given up for a listing that cannot be read before it was tried so often.
  static let readingsMin = 3

  /// The jobs that are looked for.
  private var lost: [(job: Job, intent: Timestamp, since: Timestamp)] {
    active.values.compactMap { entry in
      guard case .unknown(let intent, let since) = entry.job.state else { return nil }
      return (entry.job, intent, since)
    }
  }

  /// A job was lost: it is looked for soon, and then with growing gaps.
  mutating func searchSoon(_ id: Job.ID, at now: Timestamp) {
    active[id]?.step = .search
    search.count = 0
    let soon = now + .seconds(1)
    search.at = search.at.map { min($0, soon) } ?? soon
  }

  var searchAt: Timestamp? { search.isBusy ? nil : search.at }

  mutating func dueSearch(at now: Timestamp) -> [Action] {
    guard let at = searchAt, at <= now else { return [] }
    let lost = lost
    guard let first = lost.map(\.intent).min() else {
      search = Search()
      return []
    }
    search.isBusy = true
    let endpoints = Set(lost.map(\.job.endpoint)).sorted()
    let scenes = Set(lost.map(\.job.request.scene))
    return [.list(endpoints: endpoints, since: first - Reconciliation.clockSkew, scenes: scenes)]
  }

  /// What the listing shows of the lost jobs.
  mutating func settle(_ outcome: ListingOutcome, at now: Timestamp) {
    search.isBusy = false
    search.count += 1
    // A POST that is on its way may show up under the same input: whose it is, is not known yet.
    let onTheWay = Set(
      active.values.compactMap { entry in
        entry.job.state.name == .submitting ? entry.job.request : nil
      })
    if case .listed(let listed) = outcome { adopt(listed, without: onTheWay, at: now) }
    let wasRead = if case .listed = outcome { true } else { false }
    // After a start the grace may be long over, and the network not up yet.
    let mayGiveUp = wasRead || search.count >= Self.readingsMin
    for (job, _, since) in lost.sorted(by: { $0.job.id < $1.job.id })
    where mayGiveUp && now.since(since) >= rules.unknownGrace
      && !(wasRead && onTheWay.contains(job.request))
    {
      apply(job.absent(wasRead: wasRead, rules: rules, at: now), at: now)
    }
    let rest = lost
    guard !rest.isEmpty else {
      search = Search()
      return
    }
    let next = now + Backoff.listing.delay(search.count, lot: &lot)
    // Nobody is given up without a last look at the end of the grace.
    let ends = rest.map { $0.since + rules.unknownGrace }.filter { $0 > now }
    search.at = ([next] + ends).min()
  }

  private mutating func adopt(
    _ listed: [ListedRequest], without onTheWay: Set<SpeechRequest>, at now: Timestamp
  ) {
    // The listing was read before this turn: a request may have got its owner since.
    let owned = Set(active.values.compactMap { $0.job.state.ticket?.requestID })
    let found = Reconciliation.match(
      lost: lost.filter { !onTheWay.contains($0.job.request) },
      listed: listed.filter { !owned.contains($0.requestID) }, submitTimeout: limits.submitTimeout)
    for (id, request) in found.sorted(by: { $0.key < $1.key }) {
      guard let entry = active[id] else { continue }
      let ticket = Ticket(requestID: request.requestID, acceptedAt: request.sentAt)
      if let since = entry.deniedSince, now.since(since) >= rules.unknownGrace {
        apply(entry.job.denied(ticket), at: now)
        continue
      }
      apply(entry.job.found(ticket), at: now)
      active[id]?.strikes = nil
      active[id]?.asked = 0
      follow(id, at: now)
    }
  }
}
