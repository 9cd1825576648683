extension Dispatcher {
  /// The longest wait that is ever asked for: what is to wait longer was noted by a clock that was wrong.
  package var longestWait: Duration {
    max(Backoff.retryAfterMax + .seconds(60), limits.gateProbe * 3)
  }

  /// The clock was set: what was noted by the old time says nothing any more.
  ///
  /// Waits are cut to a minute, and rows of tries, graces and rates begin anew.
  mutating func clockWasSet(at now: Timestamp) {
    openSettingsGates()
    for var entry in active.values {
      entry.at = min(entry.at, now + .seconds(60))
      (entry.since, entry.asideSince) = (now, nil)
      entry.endStrikes()
      (entry.doubtedSince, entry.deniedSince, entry.overtakenSince) = (nil, nil, nil)
      if case .unknown(let intent, _) = entry.job.state {
        entry.job.state = .unknown(intent: intent, since: now)
      }
      active[entry.job.id] = entry
    }
    search.at = search.at.map { min($0, now) }
    search.startedUpTo = nil
    heldSearch.at = heldSearch.at.map { min($0, now) }
    adoption?.at = now
    (startedUpTo, lastRead, lastAnswer, lastStored, restsUntil) = (nil, nil, nil, nil, nil)
    outage = Outage()
    streaks = RefusalStreaks()
    window.forgetTimes()
    schedule.forgetTimes()
    if funds.readAt != nil { funds.readAt = now }
  }
}
