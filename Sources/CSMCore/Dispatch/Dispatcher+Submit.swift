extension Dispatcher {
  /// Takes note of how a POST ended.
  mutating func settle(_ entry: ActiveJob, _ outcome: SubmitOutcome, at now: Timestamp) {
    guard case .submitting(let intent) = entry.job.state else { return }
    let answer = named(outcome)
    var (outcome, rest) = loneRefusals.judged(
      answer, of: entry.job.id, at: now, generator: &generator)
    if let gate = outcome.refusedBy {
      outage.isOver()
      noteRefusal(gate.name, gate.problem, at: now)
      // Long enough that the next looks at the gate try other jobs.
      rest = max(rest, (gates.closed[gate.name]?.gap ?? .zero) * 3)
    }
    apply(
      entry.job.after(outcome, intent: intent, rest: rest, at: now, generator: &generator), at: now)
    switch outcome {
    case .accepted:
      refusals = 0
      outage.isOver()
      streaks.end()
      restsUntil = nil
      gates.open(.outage)
      gates.accepted()
      window.accepted()
      follow(entry.job.id, at: now)
    case .notSent(let problem):
      noteOutage(problem, at: now)
    case .notReady(let problem):
      noteOutage(problem, shared: problem.message, at: now)
    case .unclear(let problem, let slowDown):
      window.lost(at: now)
      noteOutage(problem, at: now)
      searchSoon(for: entry.job.id, at: now)
      if let slowDown { self.slowDown(slowDown, problem, at: now) }
    case .later(let problem, let retryAfter):
      outage.isOver()
      window.lost(at: now)
      slowDown(SlowDown(retryAfter: retryAfter), problem, at: now)
    case .gated, .denied: break
    // Believed of this line at last; it says nothing about the others.
    case .rejected where answer != outcome: outage.isOver()
    case .rejected:
      // fal answered, and objected to this input only.
      outage.isOver()
      streaks.end()
      gates.accepted()
    }
  }

  /// The table shows ids that were answered in earlier rounds; this one may have two answers with one id.
  private func named(_ outcome: SubmitOutcome) -> SubmitOutcome {
    guard case .accepted(let ticket) = outcome, ownedRequests.contains(ticket.requestID) else {
      return outcome
    }
    return .mixedUp(ticket.requestID)
  }

  /// All submits wait for a while.
  private mutating func slowDown(_ wish: SlowDown, _ problem: Problem, at now: Timestamp) {
    // The answers to POSTs that were under way together count as one.
    if gates.closed[.rate] == nil { refusals += 1 }
    let wait = Backoff.rate.delay(refusals, retryAfter: wish.retryAfter, generator: &generator)
    gates.close(.rate, until: now + wait, reason: problem.message, at: now)
  }
}

extension SubmitOutcome {
  /// The gate that enough refusals of this kind close.
  fileprivate var refusedBy: (name: Gate.Name, problem: Problem)? {
    switch self {
    case .gated(let gate, let problem): (gate, problem)
    case .denied(let problem): (.outage, problem)
    case .accepted, .notSent, .notReady, .later, .rejected, .unclear: nil
    }
  }
}
