// Which of the due jobs are sent: as many as there are places and money for.

extension Dispatcher {
  /// How many due jobs may be claimed now.
  ///
  /// - Parameter offset: how far local time is ahead of UTC at a moment.
  package mutating func room(at now: Timestamp, offset: (Timestamp) -> Duration) -> Int {
    openTimedGates(at: now)
    hasNews = false
    guard !isStopping, let nextDue, nextDue <= now else { return 0 }
    if let begin = limits.hours?.nextBegin(at: now, offset: offset) {
      gates.close(.hours, until: begin, reason: "outside the active hours", at: now)
    }
    guard adoption == nil, !gates.stopSubmits, restsUntil ?? now <= now else { return 0 }
    let submitting = submitting
    var (lost, out, aside, unbilled, unread) = (0, 0, 0, 0, 0)
    for entry in active.values {
      if isUnread(entry) { unread += 1 }
      if entry.job.state.name == .unknown { lost += 1 }
      if entry.isOut { out += 1 }
      if entry.following?.asideSince != nil { aside += 1 }
      if entry.job.state.name != .completed { unbilled += 1 }
    }
    // While no result can be read, it is not known what is paid for.
    guard unread < RecentResults.enough else { return 0 }
    let finished = active.count - out - lost - aside
    let size = window.size(at: now)
    let isCareful = gates.isOnTrial || streaks.isCautious || outage.isSuspected
    let submits = isCareful ? 1 : Self.submitsMax(inWindow: size)
    let few = bills.isKnown || !hasAnyBudget ? Int.max : Bills.unknownMax - unbilled
    return max(
      0,
      min(
        submits - submitting, few, results.places(beside: active),
        size - out, Self.asideMax - aside,
        Self.backlogMax - finished, Self.lostMax - lost - submitting))
  }

  /// Whether its result could not be read, and no other has been read since.
  ///
  /// What the model minds about an input says nothing about the others.
  private func isUnread(_ entry: ActiveJob) -> Bool {
    guard let following = entry.following, following.isOver, let failures = following.failures,
      failures.run.kind != .rejected
    else { return false }
    return lastRead.map { $0 < failures.since } ?? true
  }

  /// Claims the due jobs that the day's and their batches' budgets pay for.
  ///
  /// - Parameters:
  ///   - due: at most `room` jobs.
  ///   - spent: the cost of this UTC day's submits so far, including those in doubt.
  package mutating func claim(_ due: DueJobs, spent: Money, at now: Timestamp) {
    learn(nextDue: due.nextDue, at: now)
    var (spent, budgets) = (spent, due.budgets)
    let price = bills.price(rules.price)
    for job in due.jobs where active[job.id] == nil {
      // Somebody may have cancelled it while the daemon was requeueing it.
      if job.cancelWanted {
        apply(job.cancelledByPerson(), at: now)
        leavePlace(at: now)
        continue
      }
      // No job of a batch overtakes one that the batch's budget could not pay for.
      if budgets.belongs(job.id, toOneOf: exhausted.keys) { continue }
      if let obstacle = obstacle(to: job, price, spent, budgets) {
        // Money that was reserved and not needed is released in this round; the next one sees it.
        if case .day = obstacle, moves.contains(where: \.settles) {
          nextDue = now + .milliseconds(1)
          return
        }
        guard !job.isReroll else {
          apply(job.unaffordable(obstacle.why), at: now)
          leavePlace(at: now)
          continue
        }
        guard stop(at: obstacle, at: now) else { return }
        continue
      }
      spent = spent + price.of(characters: job.request.characters)
      budgets.reserve(job, price)
      results.claimed(job.id)
      apply(job.claimed(at: now, price: price), at: now)
    }
  }

  /// A due job was not claimed: the next round has a place for another.
  private mutating func leavePlace(at now: Timestamp) { nextDue = now + .milliseconds(1) }

  /// Why there is no money for a job.
  private enum Obstacle {
    case batches([ExhaustedBudget])
    case floor(left: Money, Money)
    case day(spent: Money, of: Money)

    var why: String {
      switch self {
      case .batches: "the budget of its batch is used up, or kept for its other lines"
      case .floor: "the balance at fal must stay above its floor"
      case .day: "the day's budget is used up"
      }
    }
  }

  private func obstacle(
    to job: Job, _ price: Price, _ spent: Money, _ budgets: BatchBudgets
  ) -> Obstacle? {
    let full = budgets.exhausted(by: job, price)
    guard full.isEmpty else { return .batches(full) }
    let cost = price.of(characters: job.request.characters)
    if let floor = limits.balanceFloor, let left = funds.left, left - cost < floor {
      return .floor(left: left, floor)
    }
    guard let budget = limits.budget, budget < spent + cost else { return nil }
    return .day(spent: spent, of: budget)
  }

  /// Lets the jobs behind the obstacle wait for money.
  ///
  /// - Returns: whether other jobs may still be claimed.
  private mutating func stop(at obstacle: Obstacle, at now: Timestamp) -> Bool {
    nextDue = now
    switch obstacle {
    case .batches(let full):
      for full in full { exhausted[full.budget.id] = full }
      leavePlace(at: now)
      return true
    case .floor(let left, let floor): closeBelowFloor(left, floor, at: now)
    case .day(let spent, let budget):
      gates.close(
        .budget, until: now.startOfDay + .seconds(86_400),
        reason: "$\(spent.dollars) of the day's $\(budget.dollars) is spent", at: now)
    }
    return false
  }

  /// Learns when the next job is due.
  ///
  /// The table does not yet know of moves that are not durable.
  mutating func learn(nextDue: Timestamp?, at now: Timestamp) {
    // These can be claimed in the next round at the earliest, so there must be one.
    let unsaved = moves.compactMap { move in
      if case .queued(let due) = move.after.state { max(due, now + .milliseconds(1)) } else { nil }
    }
    self.nextDue = (unsaved + [nextDue].compactMap(\.self)).min()
  }
}
