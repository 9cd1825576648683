extension Dispatcher {
  /// What became of a POST.
  mutating func settle(_ entry: ActiveJob, _ outcome: SubmitOutcome, at now: Timestamp) {
    guard case .submitting(let intent) = entry.job.state else { return }
    let (outcome, rest) = loneRefusals.judged(outcome, of: entry.job.id)
    apply(entry.job.after(outcome, intent: intent, rest: rest, at: now, lot: &lot), at: now)
    switch outcome {
    case .accepted:
      refusals = 0
      outage.clear()
      gates.accepted()
      window.accepted(at: now)
      follow(entry.job.id, at: now)
    case .notSent(let problem):
      noteOutage(entry.job.id, problem, at: now)
    case .notReady(let problem):
      noteOutage(entry.job.id, problem, shared: problem.message, at: now)
    case .unclear(let problem):
      window.lost(at: now)
      noteOutage(entry.job.id, problem, at: now)
      searchSoon(entry.job.id, at: now)
    case .later(let problem, let retryAfter):
      window.lost(at: now)
      // The answers of POSTs that were on their way together are one sign.
      if gates.closed[.rate] == nil { refusals += 1 }
      let wait = Backoff.refused.delay(refusals, retryAfter: retryAfter, lot: &lot)
      gates.close(.rate, until: now + wait, reason: problem.message, at: now)
    case .shut(let gate, let problem):
      gates.close(gate, probing: limits.gateProbe, reason: problem.message, at: now)
    case .rejected:
      // fal answered, and minded only this input.
      outage.clear()
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
      let waits = entry.job.state.name == .inQueue
      entry.at = now + schedule.gap(asked: entry.asked, inQueue: waits, lot: &lot)
    }
    active[id] = entry
  }
}

/// Signs that fal cannot be reached or answers nothing of use.
struct OutageSigns: Sendable {
  /// So many failures, of so many jobs, within this time make an outage.
  static let failuresMin = 5
  static let jobsMin = 3
  static let within: Duration = .seconds(60)

  private var failures: [(at: Timestamp, job: Job.ID, shared: String?)] = []

  /// - Parameter shared: what many jobs may have waited for together: its failure at one moment is one
  ///   sign.
  mutating func note(_ job: Job.ID, shared: String? = nil, at now: Timestamp) {
    failures.removeAll { $0.at < now - Self.within }
    let isKnown = failures.contains { $0.at == now && $0.shared == shared }
    guard shared == nil || !isKnown else { return }
    failures.append((now, job, shared))
  }

  /// A request was answered: whatever failed before was no outage.
  mutating func clear() {
    failures = []
  }

  var isOutage: Bool {
    failures.count >= Self.failuresMin && Set(failures.map(\.job)).count >= Self.jobsMin
  }
}
