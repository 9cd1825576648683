extension Dispatcher {
  /// The search for lost submits: one reading of fal's listing serves all of them.
  struct Search: Sendable {
    /// When the listing is read next for the jobs in doubt.
    var at: Timestamp?
    /// Readings since the last job was lost.
    var count = 0
    /// The latest of these, as far back as they all failed.
    var failures = 0
    /// When the listing was last read as a whole, or else when the search began.
    var readAt: Timestamp?
    /// The reading under way, of whichever search; nil if there is none.
    var reading: Reading?
  }

  /// A reading of fal's listing, as it began.
  struct Reading: Sendable {
    /// It shows requests from then on.
    let since: Timestamp
    /// The jobs in doubt that it looks for; only these may be given up for its sake.
    var lookedFor: Set<Job.ID> = []
    /// Whether it is for the submits that are `HELD`, and not for the jobs in doubt.
    var isForHeld = false
    /// When fal accepted the newest request that had started when the reading began.
    var startedUpTo: Timestamp?

    /// What a reading under way is worth once the clock was set: nothing.
    static let useless = Reading(since: Timestamp(milliseconds: .max))

    /// Whether it shows the submit if fal has it.
    func covers(_ submit: LostSubmit) -> Bool { since <= submit.listedFrom }
  }

  /// Lost submits that are `HELD`: the search for them goes on, rarely, for as long as fal may list them.
  struct HeldSearch: Sendable {
    var jobs: [HeldJob] = []
    var at: Timestamp?
    var gap = first

    private static let first: Duration = .seconds(900)
    private static let longest: Duration = .seconds(4 * 3600)

    /// Takes over what is held now; a job that is new among them restarts the gaps.
    mutating func adopt(_ held: [HeldJob], at now: Timestamp) {
      let known = Set(jobs.map(\.job.id))
      jobs = held
      guard !held.isEmpty else {
        self = HeldSearch()
        return
      }
      guard at == nil || !held.allSatisfy({ known.contains($0.job.id) }) else { return }
      gap = Self.first
      at = min(at ?? now + gap, now + gap)
    }

    /// The listing was read.
    mutating func wasRead(at now: Timestamp) {
      guard at != nil else { return }
      at = now + gap
      gap = min(gap * 2, Self.longest)
    }
  }

  /// A lost submit that is `HELD`.
  package struct HeldJob: Sendable {
    package let job: Job
    /// When its POST was to leave.
    package let intent: Timestamp

    package init(job: Job, intent: Timestamp) {
      self.job = job
      self.intent = intent
    }
  }

  /// Readings of the listing that have to fail in a row before a job is given up without one.
  static let readingsMin = 3

  /// The jobs in doubt.
  private var lost: [LostSubmit] {
    active.values.compactMap { entry in
      guard case .unknown(let intent, let since) = entry.job.state else { return nil }
      return LostSubmit(job: entry.job, intent: intent, since: since)
    }
  }

  /// The ids of the requests that active jobs own.
  var ownedRequests: Set<String> {
    Set(active.values.compactMap { $0.job.state.ticket?.requestID })
  }

  /// Lost submits that are held, apart from one that was found just now.
  private var held: [LostSubmit] {
    heldSearch.jobs.filter { active[$0.job.id] == nil }.map(LostSubmit.init)
  }

  /// A job was lost, or a person wants to know: the listing is read soon, and then at growing gaps.
  ///
  /// A reading that is already under way decides nothing about this job.
  mutating func searchSoon(for job: Job.ID, at now: Timestamp) {
    search.reading?.lookedFor.remove(job)
    (search.count, search.failures) = (0, 0)
    search.readAt = search.readAt ?? now
    let soon = now + .seconds(1)
    search.at = search.at.map { min($0, soon) } ?? soon
  }

  /// A request has started, or is over.
  mutating func noteStart(of ticket: Ticket, at now: Timestamp) {
    // It may have been accepted before the clock was set back.
    let acceptedAt = min(ticket.acceptedAt, now)
    startedUpTo = max(startedUpTo ?? acceptedAt, acceptedAt)
  }

  var searchAt: Timestamp? {
    search.reading == nil ? [search.at, heldSearch.at].compactMap(\.self).min() : nil
  }

  /// The reading that is due.
  ///
  /// Held submits may be weeks old. A reading that goes back so far takes long, and may be given up, so it
  /// is not the one by which jobs that were lost just now are looked for.
  mutating func dueSearch(at now: Timestamp) -> [Action] {
    guard let at = searchAt, at <= now else { return [] }
    if let at = search.at, at <= now {
      if let action = read(lost, isForHeld: false) { return [action] }
      search = Search()
    }
    if let at = heldSearch.at, at <= now {
      if let action = read(held, isForHeld: true) { return [action] }
      heldSearch = HeldSearch()
    }
    return []
  }

  /// Begins a reading that covers these submits; nil if there are none.
  private mutating func read(_ wanted: [LostSubmit], isForHeld: Bool) -> Action? {
    guard let since = wanted.map(\.listedFrom).min() else { return nil }
    search.reading = Reading(
      since: since, lookedFor: isForHeld ? [] : Set(wanted.map(\.job.id)), isForHeld: isForHeld,
      startedUpTo: startedUpTo)
    let endpoints = Set(wanted.map(\.job.endpoint)).sorted()
    return .list(
      endpoints: endpoints, since: since, scenes: Set(wanted.map(\.job.request.scene)))
  }

  /// What the listing shows of the lost jobs.
  mutating func settle(_ outcome: ListingOutcome, at now: Timestamp) {
    guard let reading = search.reading else { return }
    search.reading = nil
    // A POST that is under way may show up with the same input, and nobody knows yet whose it is.
    let onTheWay = Set(
      active.values.compactMap { entry in
        entry.job.state.name == .submitting ? entry.job.request : nil
      })
    let wasRead = if case .listed = outcome { true } else { false }
    var (listed, opaque): ([ListedRequest], [OpaqueRequest]) = ([], [])
    switch outcome {
    case .listed(let requests, let others):
      let owned = ownedRequests
      listed = requests.filter { !owned.contains($0.requestID) }
      opaque = others.filter { !$0.isOwned(owned) }
      noteAnswer(at: now)
      adopt(requests, of: reading, without: onTheWay, at: now)
    case .unavailable(_, let shown):
      // What the pages that were read show is true, whatever is on the others.
      adopt(shown, of: reading, without: onTheWay, at: now)
    }
    guard !reading.isForHeld else {
      heldSearch.wasRead(at: now)
      return
    }
    search.count += 1
    search.failures = wasRead ? 0 : search.failures + 1
    if wasRead { search.readAt = now }
    for lost in lost.sorted(by: { $0.job.id < $1.job.id })
    where reading.lookedFor.contains(lost.job.id) && isGraceOver(lost, reading, at: now)
      && (wasRead ? !onTheWay.contains(lost.job.request) : isGivenUpUnread(lost, at: now))
    {
      let mayBeHidden = opaque.contains { lost.mayBe($0) } || listed.contains { lost.mayBe($0) }
      apply(
        lost.job.absent(
          wasRead: wasRead, mayBeHidden: mayBeHidden, doubt: active[lost.job.id]?.doubt,
          rules: rules, at: now),
        at: now)
    }
    scheduleSearch(at: now)
  }

  private mutating func scheduleSearch(at now: Timestamp) {
    let lost = lost
    guard !lost.isEmpty else {
      search = Search()
      return
    }
    let count = search.failures > 0 ? search.failures : search.count
    let next = now + Backoff.listing.delay(count, generator: &generator)
    // No job is given up without a last look at the end of its grace.
    let begins = lost.map(\.since) + [search.readAt].compactMap(\.self)
    let ends = begins.map { $0 + rules.unknownGrace }.filter { $0 > now }
    search.at = ([next] + ends).min()
  }

  /// Whether the search for the job has gone on long enough.
  ///
  /// fal may list a request only once it has started. So while requests of ours wait at fal, one that was
  /// accepted after the lost one must have started before the reading: fal's queue is first in, first out.
  /// A person who said `retry` or `cancel` has waited long enough.
  private func isGraceOver(_ lost: LostSubmit, _ reading: Reading, at now: Timestamp) -> Bool {
    if lost.job.retryWanted || lost.job.cancelWanted { return true }
    guard now.since(lost.since) >= rules.unknownGrace else { return false }
    if let started = reading.startedUpTo, started > lost.since { return true }
    return !active.values.contains {
      $0.job.state.name == .inQueue && $0.following?.asideSince == nil
    }
  }

  /// Whether a job whose grace is over is given up although the listing cannot be read.
  ///
  /// That takes as long without a reading as the grace: readings may have begun to fail at its end only, or
  /// csmd may have started after it, before the network is up.
  private func isGivenUpUnread(_ lost: LostSubmit, at now: Timestamp) -> Bool {
    guard search.failures >= Self.readingsMin else { return false }
    if lost.job.retryWanted || lost.job.cancelWanted { return true }
    return search.readAt.map { now.since($0) >= rules.unknownGrace } ?? true
  }

  private mutating func adopt(
    _ listed: [ListedRequest], of reading: Reading, without onTheWay: Set<SpeechRequest>,
    at now: Timestamp
  ) {
    // The listing was read before this round: a request may have found its owner since.
    let owned = ownedRequests
    let wanted = (lost + held).filter { !onTheWay.contains($0.job.request) }
    let found = Reconciliation.match(
      lost: wanted, listed: listed.filter { !owned.contains($0.requestID) },
      submitTimeout: limits.submitTimeout)
    for submit in wanted.sorted(by: { $0.job.id < $1.job.id }) where reading.covers(submit) {
      let id = submit.job.id
      guard let request = found[id] else { continue }
      // The listing may name the moment at which it started, long after it was accepted.
      let ticket = Ticket(
        requestID: request.requestID, acceptedAt: min(request.sentAt, submit.intent))
      if case .search(let deniedSince?) = active[id]?.stage,
        now.since(deniedSince) >= rules.unknownGrace
      {
        apply(submit.job.denied(ticket), at: now)
        continue
      }
      heldSearch.jobs.removeAll { $0.job.id == id }
      apply(submit.job.found(ticket), at: now)
      follow(id, at: now)
    }
  }
}

extension LostSubmit {
  fileprivate init(_ held: Dispatcher.HeldJob) {
    self.init(job: held.job, intent: held.intent, since: held.intent)
  }
}
