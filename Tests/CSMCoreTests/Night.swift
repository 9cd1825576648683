import Testing

@testable import CSMCore

/// A night of the daemon as plain values: a dispatcher, a table that takes moves as the real one
/// does, and a made-up clock.
struct Night {
  var now = Timestamp.evening
  var dispatcher: Dispatcher
  /// The rows, as they would be after a crash.
  var table = NightTable()
  /// The closed gates, as they would be after a crash.
  var gates: [Gate.Name: Gate] = [:]
  /// The moves that took effect, in order.
  var moves: [Move] = []
  /// What the rows say is wrong with jobs that stay where they are, in order.
  var notices: [(job: Job.ID, notice: Dispatcher.Notice)] = []
  /// What each submit of a job costs, as far as is known.
  private var booked: [Job.ID: [Money]] = [:]

  init(
    jobs: Int = 0, rules: Rules = .usual, limits: Dispatcher.Limits = .init(), seed: UInt64 = 1
  ) {
    dispatcher = Dispatcher(rules: rules, limits: limits, seed: seed)
    for id in 0..<Int64(jobs) { table[id + 1] = .waiting(id + 1) }
    dispatcher.take(.control(control()), at: now)
  }

  init(recovering rows: [Job], rules: Rules = .usual) {
    self.init(rules: rules)
    for row in rows { table[row.id] = row }
    dispatcher.take(.recovered(rows, unsent: []), at: now)
  }

  private(set) var spent = Money.zero

  /// Whether every job has come to its end.
  var isOver: Bool { table.values.allSatisfy(\.state.name.isEnded) }

  func state(_ id: Job.ID) -> JobState.Name? { table[id]?.state.name }

  func count(_ state: JobState.Name) -> Int { table.values.count { $0.state.name == state } }

  /// What people wrote into the table.
  func control(
    cancelWanted: Set<Job.ID> = [], paused: Bool = false
  ) -> Dispatcher.Control {
    let pause = Gate(name: .paused, reason: "by hand", since: now, probeAt: nil)
    return .init(
      gates: gates.values.filter { $0.name != .paused } + (paused ? [pause] : []),
      cancelWanted: cancelWanted, nextDue: table.nextDue())
  }

  /// One round of the loop.
  @discardableResult
  mutating func round(_ events: Dispatcher.Event...) -> [Dispatcher.Action] { round(events) }

  /// One round of the loop.
  mutating func round(_ events: [Dispatcher.Event]) -> [Dispatcher.Action] {
    for event in events { dispatcher.take(event, at: now) }
    let room = dispatcher.room(at: now, offset: { _ in .zero })
    if room > 0 {
      let due = table.due(at: now, max: room)
      dispatcher.claim(
        DueJobs(jobs: due, nextDue: table.nextDue(after: due.count)), spent: spent, at: now)
    }
    commit(dispatcher.changes())
    let actions = dispatcher.dueActions(at: now)
    if let wake = dispatcher.nextWake(after: now) { #expect(wake > now, "a busy loop") }
    return actions
  }

  /// Makes changes durable, as the table does: a move whose row differs from `before` has no effect.
  private mutating func commit(_ changes: Dispatcher.Changes) {
    var missed: Set<Job.ID> = []
    for move in changes.moves {
      #expect(move.before.state.name.next.contains(move.after.state.name), "\(move)")
      guard let row = table[move.before.id], row.generation == move.before.generation,
        row.state.name == move.before.state.name
      else {
        missed.insert(move.before.id)
        continue
      }
      table[row.id] = move.after
      moves.append(move)
      switch move.charge {
      case .reserve(let cost), .owed(let cost): book(cost, for: row.id)
      case .settle(let cost):
        spent = spent - (booked[row.id]?.popLast() ?? .zero)
        book(cost, for: row.id)
      case nil: break
      }
    }
    for (name, gate) in changes.gates { gates[name] = gate }
    notices += changes.notices.map { ($0.key, $0.value) }
    dispatcher.forget(missed)
  }

  private mutating func book(_ cost: Money, for id: Job.ID) {
    booked[id, default: []].append(cost)
    spent = spent + cost
  }

  /// A round with the outcome of a job's step.
  @discardableResult
  mutating func answer(
    _ id: Job.ID, _ outcome: Dispatcher.StepOutcome
  ) -> [Dispatcher.Action] {
    round(.done(id, generation: table[id]?.generation ?? 0, outcome))
  }

  /// Two rounds: fal denies the id of a job's request, and has no result for it.
  mutating func deny(_ id: Job.ID) {
    answer(id, .poll(.missing(.sample)))
    answer(id, .collect(.missing(.sample)))
  }

  /// Lets time pass, with a round whenever the dispatcher wants one; what it wants done, in order.
  @discardableResult
  mutating func pass(_ time: Duration) -> [Dispatcher.Action] {
    let end = now + time
    var actions: [Dispatcher.Action] = []
    while let wake = dispatcher.nextWake(after: now), wake <= end, wake > now {
      now = wake
      actions += round()
    }
    now = end
    return actions
  }

  /// Lets time pass until the dispatcher wants something done; nil when it never does by itself.
  mutating func next() -> [Dispatcher.Action]? {
    while let wake = dispatcher.nextWake(after: now), wake > now {
      now = wake
      let actions = round()
      if !actions.isEmpty { return actions }
    }
    return nil
  }

  /// A person opens all gates, as `csm-enqueue resume` does.
  mutating func resume() {
    gates = [:]
    dispatcher.take(.control(control()), at: now)
  }

  /// Plays like `play(until:fal:)`: each step's outcome comes after `delay` (of a poll, after `pollDelay`),
  /// and is what `fal` says, or, for nil, what it is for a line that fal speaks in half a second.
  ///
  /// Everything else is answered at once: the listing is empty, and no gate has a cause any more.
  @discardableResult
  mutating func play(
    until end: Timestamp, delay: Duration = .milliseconds(100), pollDelay: Duration? = nil,
    fal: (Dispatcher.Step, Job, Timestamp) -> Dispatcher.StepOutcome?
  ) -> Int {
    play(until: end) { action, now in
      switch action {
      case .step(let step, let job):
        let outcome = fal(step, job, now) ?? .spoken(step, job, at: now)
        let after = step.call == .poll ? pollDelay ?? delay : delay
        return (after, .done(job.id, generation: job.generation, outcome))
      case .list: return (.zero, .listed([]))
      default: return (.zero, .probed(.fine))
      }
    }
  }

  /// Plays until nothing is to be done any more, or until `end`: `fal` answers each action after a
  /// while.
  ///
  /// - Returns: the number of rounds.
  @discardableResult
  mutating func play(
    until end: Timestamp, roundsMax: Int = 1_000_000,
    fal: (Dispatcher.Action, Timestamp) -> (after: Duration, event: Dispatcher.Event)
  ) -> Int {
    var due: [(at: Timestamp, event: Dispatcher.Event)] = []
    for round in 0..<roundsMax {
      let events = due.filter { $0.at <= now }.map(\.event)
      due.removeAll { $0.at <= now }
      for action in self.round(events) {
        let answer = fal(action, now)
        due.append((now + answer.after, answer.event))
      }
      let wakes = due.map(\.at) + [dispatcher.nextWake(after: now)].compactMap(\.self)
      guard let next = wakes.min(), next <= end else { return round }
      now = max(now, next)
    }
    Issue.record("it goes on for ever")
    return roundsMax
  }
}

extension Dispatcher.StepOutcome {
  /// The outcome of a step for a line that fal speaks in half a second.
  static func spoken(_ step: Dispatcher.Step, _ job: Job, at now: Timestamp) -> Self {
    switch step {
    case .submit: .submit(.accepted(.sample(job.id, at: now)))
    case .poll: .poll(.completed(seconds: 0.5))
    case .collect: .collect(.audio(result: "{}", units: nil))
    case .cancel: .cancel(.tooLate)
    case .fetch: .fetch(.stored(.sample))
    }
  }
}

extension Dispatcher.Action {
  /// The action in words, such as `submit 1`.
  var words: String {
    switch self {
    case .step(.collect(_, isLong: true), let job): "collectLong \(job.id)"
    case .step(let step, let job): "\(step.call) \(job.id)"
    case .list: "list"
    case .probe: "probe"
    case .readAccount: "read account"
    case .adopt: "adopt"
    case .checkDisk: "check disk"
    }
  }
}

extension [Dispatcher.Action] {
  var words: [String] { map(\.words) }
}
