extension Dispatcher {
  /// What became of a POST.
  mutating func settle(_ entry: ActiveJob, _ outcome: SubmitOutcome, at now: Timestamp) {
    guard case .submitting(let intent) = entry.job.state else { return }
    var (outcome, rest) = loneRefusals.judged(outcome, of: entry.job.id, lot: &lot)
    if let gate = outcome.refusedBy {
      outage.isOver()
      noteRefusal(gate.name, gate.problem, at: now)
      // So long that the next looks try other jobs.
      rest = max(rest, (gates.closed[gate.name]?.gap ?? .zero) * 3)
    }
    apply(entry.job.after(outcome, intent: intent, rest: rest, at: now, lot: &lot), at: now)
    switch outcome {
    case .accepted:
      refusals = 0
      outage.isOver()
      streaks.end()
      restsUntil = nil
      gates.open(.outage)
      gates.accepted()
      window.accepted(at: now)
      follow(entry.job.id, at: now)
    case .notSent(let problem):
      noteOutage(problem, at: now)
    case .notReady(let problem):
      noteOutage(problem, shared: problem.message, at: now)
    case .unclear(let problem):
      window.lost(at: now)
      noteOutage(problem, at: now)
      searchSoon(entry.job.id, at: now)
    case .later(let problem, let retryAfter):
      outage.isOver()
      window.lost(at: now)
      // The answers of POSTs that were on their way together are one sign.
      if gates.closed[.rate] == nil { refusals += 1 }
      let wait = Backoff.rate.delay(refusals, retryAfter: retryAfter, lot: &lot)
      gates.close(.rate, until: now + wait, reason: problem.message, at: now)
    case .shut, .denied: break
    case .rejected:
      // fal answered, and minded only this input.
      outage.isOver()
      streaks.end()
      gates.accepted()
    }
  }

  /// The next question about a job that fal has, or the wish to cancel it.
  mutating func follow(_ id: Job.ID, at now: Timestamp) {
    guard var entry = active[id] else { return }
    if entry.wantsCancel {
      entry.step = .cancel
      entry.at = now
    } else {
      entry.step = .poll
      entry.followedAt = now
      let waits = entry.job.state.name == .inQueue
      let expected = window.timeExpected(out: active.values.count(where: \.isOut), at: now)
      let elapsed = max(.zero, now.since(entry.job.state.ticket?.acceptedAt ?? now))
      entry.at =
        now + schedule.gap(elapsed: elapsed, inQueue: waits, expected: expected, lot: &lot)
    }
    active[id] = entry
  }
}

extension SubmitOutcome {
  /// The gate that enough refusals of this kind close.
  fileprivate var refusedBy: (name: Gate.Name, problem: Problem)? {
    switch self {
    case .shut(let gate, let problem): (gate, problem)
    case .denied(let problem): (.outage, problem)
    case .accepted, .notSent, .notReady, .later, .rejected, .unclear: nil
    }
  }
}
