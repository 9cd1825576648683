extension Dispatcher {
  /// Follows what people wrote into the table.
  mutating func adopt(_ control: Control, at now: Timestamp) {
    let wasClosedForAudio = gates.closed[.audio] != nil
    let pause = gates.closed[.paused]
    gates.adopt(control.gates)
    if let pause { resumeAdoption(after: pause, at: now) }
    if wasClosedForAudio, gates.closed[.audio] == nil { results.beginTrial() }
    learn(nextDue: control.nextDue, at: now)
    hasNews = true
    // The table does not yet show what was just moved.
    for job in control.retried where !isUnsaved(job.id) {
      if active[job.id] != nil {
        wantRetry(job, at: now)
      } else {
        recover(job, isUnsent: false, at: now)
      }
    }
    heldSearch.adopt(control.held, at: now)
    hasBatchBudget = control.hasBatchBudget
    // In order, so that equal runs draw equal random numbers.
    for id in control.cancelWanted.sorted() {
      guard let entry = active[id], !entry.job.cancelWanted else { continue }
      active[id]?.wantCancel()
      switch entry.job.state.name {
      case .inQueue, .inProgress:
        if !entry.isBusy { follow(id, at: now) }
      case .unknown: searchSoon(for: id, at: now)
      case .queued, .submitting, .completed, .stored, .failed, .cancelled, .held: break
      }
    }
  }

  /// A person wants a job in doubt sent again: one more look at the listing decides.
  private mutating func wantRetry(_ job: Job, at now: Timestamp) {
    guard job.retryWanted, active[job.id]?.job.retryWanted == false else { return }
    // The later wish holds.
    active[job.id]?.wantRetry(cancels: job.cancelWanted)
    if job.state.name == .unknown { searchSoon(for: job.id, at: now) }
  }
}
