extension Dispatcher {
  /// Continues with a row that memory knows nothing of.
  mutating func recover(_ job: Job, isUnsent: Bool, at now: Timestamp) {
    guard active[job.id] == nil else { return }
    switch job.state {
    case .submitting where isUnsent: apply(job.neverSent(at: now), at: now)
    case .submitting(let intent):
      apply(job.restarted(intent: intent, at: now), at: now)
      searchSoon(for: job.id, at: now)
    case .unknown:
      active[job.id] = ActiveJob(job, at: now)
      searchSoon(for: job.id, at: now)
    case .inQueue, .inProgress:
      active[job.id] = ActiveJob(job, at: now)
      active[job.id]?.following?.mayHaveEndedUnseen = true
      if job.cancelWanted { active[job.id]?.following?.question = .cancellation }
      notices[job.id] = Notice(generation: job.generation, problem: nil)
    case .completed:
      active[job.id] = ActiveJob(job, at: now)
      notices[job.id] = Notice(generation: job.generation, problem: nil)
    case .queued, .stored, .failed, .cancelled, .held: break
    }
  }

  /// The longest wait that csmd ever asks for.
  ///
  /// A longer one was noted while the clock was wrong.
  package var longestWait: Duration {
    max(Backoff.retryAfterMax + .seconds(60), limits.gateProbe * 3)
  }

  /// The clock was set, so times noted before no longer mean anything: waits are cut to a minute, and runs
  /// of failures, graces and rates start afresh.
  mutating func clockWasSet(at now: Timestamp) {
    openSettingsGates()
    for id in active.keys { active[id]?.forgetTimes(at: now) }
    search.at = search.at.map { min($0, now) }
    search.readAt = search.readAt.map { _ in now }
    if search.reading != nil { search.reading = .useless }
    heldSearch.at = heldSearch.at.map { min($0, now) }
    adoption?.at = now
    (startedUpTo, lastRead, lastAnswer, lastStored, restsUntil) = (nil, nil, nil, nil, nil)
    outage = Outage()
    streaks = RefusalStreaks()
    loneRefusals = LoneRefusals()
    window.forgetTimes()
    schedule.forgetTimes()
    if funds.readAt != nil { funds.readAt = now }
  }
}
