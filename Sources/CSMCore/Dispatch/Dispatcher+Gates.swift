extension Dispatcher {
  /// The gap before the first look at a closed gate: most causes pass in seconds, and a look is free.
  static let firstLook: Duration = .seconds(1)
  /// The longest gap between looks at a full disk, which ask nobody.
  private static let diskLook: Duration = .seconds(10)
  /// The longest gap while fal answers, and refuses submits: the next look lets another line try.
  private static let refusedLook: Duration = .seconds(5)
  /// The longest gap while the account has money but fal calls it locked: such locks come and go.
  private static let fundedLook: Duration = .seconds(60)

  /// The gates that one free question to fal can open.
  private static let probed: [Gate.Name] = [.auth, .balance, .outage]

  /// Opens the gates whose time is over.
  mutating func openTimedGates(at now: Timestamp) {
    for gate in gates.due(at: now) where gate.name.opensByTime {
      gates.open(gate.name)
    }
  }

  /// Looks at the gates that time alone does not open.
  mutating func dueGateActions(at now: Timestamp) -> [Action] {
    var actions: [Action] = []
    for gate in gates.due(at: now) {
      switch gate.name {
      case .balance where funds.isBelowFloor:
        funds.readAt = now
      case .auth, .balance, .outage:
        guard !isProbing else { continue }
        isProbing = true
        actions.append(.probe)
      case .disk:
        guard !isCheckingDisk else { continue }
        isCheckingDisk = true
        actions.append(.checkDisk)
      case .rate, .budget, .hours, .paused, .audio: break
      }
    }
    return actions
  }

  /// When a gate next opens by itself or is looked at, apart from looks under way.
  var nextGateLook: Timestamp? {
    gates.closed.values.filter { gate in
      switch gate.name {
      case .balance where funds.isBelowFloor: !funds.isReading
      case .auth, .balance, .outage: !isProbing
      case .disk: !isCheckingDisk
      case .rate, .budget, .hours, .paused, .audio: true
      }
    }
    .compactMap(\.probeAt).min()
  }

  /// Takes note of what the free question to fal showed.
  mutating func settle(_ outcome: ProbeOutcome, at now: Timestamp) {
    isProbing = false
    switch outcome {
    case .fine:
      for name in Self.probed where !isForFloor(name) { gates.open(name) }
    case .unreachable:
      // Without an answer, nothing is known about the key or the account.
      for name in Self.probed where gates.closed[name] != nil && !isForFloor(name) {
        gates.stay(
          name, longest: longest(name), reason: gates.closed[name]?.reason ?? "", at: now)
      }
    case .unauthorized(let problem): stay(.auth, problem, at: now)
    case .locked(let problem): stay(.balance, problem, at: now)
    }
  }

  /// fal answers, and says that this gate stays closed.
  private mutating func stay(_ still: Gate.Name, _ problem: Problem, at now: Timestamp) {
    for name in Self.probed where name != still && !isForFloor(name) { gates.open(name) }
    closeGate(still, still.reason(problem), at: now)
    gates.stay(still, longest: longest(still), reason: still.reason(problem), at: now)
    if still == .balance { readAccountSoon(at: now) }
  }

  private func isForFloor(_ name: Gate.Name) -> Bool { name == .balance && funds.isBelowFloor }

  /// The longest gap between two looks at the gate.
  func longest(_ name: Gate.Name) -> Duration {
    switch name {
    case .disk: Self.diskLook
    case .balance where (funds.left ?? .zero) > .zero: min(Self.fundedLook, limits.gateProbe)
    default: limits.gateProbe
    }
  }

  /// Closes a gate that is looked at soon, and then with growing gaps.
  ///
  /// - Parameter longest: the first gap at its longest; nil for the longest that this gate has.
  mutating func closeGate(
    _ name: Gate.Name, _ reason: String, longest: Duration? = nil, at now: Timestamp
  ) {
    let longest = longest ?? self.longest(name)
    gates.close(name, first: Self.firstLook, longest: longest, reason: reason, at: now)
  }

  /// fal refused a submit for a reason that may concern all of them: enough in a row close the gate.
  mutating func noteRefusal(_ gate: Gate.Name, _ problem: Problem, at now: Timestamp) {
    let isBelieved = streaks.note(gate, at: now)
    if streaks.isCautious { restsUntil = now + Self.firstLook }
    guard isBelieved || gates.isOnTrial else { return }
    let longest = gate == .outage ? min(Self.refusedLook, limits.gateProbe) : nil
    closeGate(gate, gate.reason(problem), longest: longest, at: now)
    if gate == .balance { readAccountSoon(at: now) }
  }

  /// fal answered a question that carried the key: it can be reached, and the key is good.
  ///
  /// If only submits are refused or get no answer, the next look opens the gate for one to try.
  mutating func noteAnswer(at now: Timestamp) {
    lastAnswer = now
    outage.isAnswered()
    streaks.keyIsTaken()
    if !gates.isClosedAgain(.auth) { gates.open(.auth) }
    if !outage.isOfSubmits, streaks.isOpen(.outage) { gates.open(.outage) }
  }

  /// Takes note of how much space is free on the disk.
  mutating func settle(freeBytes: Int64, at now: Timestamp) {
    isCheckingDisk = false
    let mebibytes = (freeBytes >> 20, Limits.freeBytesMin >> 20)
    let reason = "\(mebibytes.0) MiB is free, \(mebibytes.1) MiB is needed"
    if freeBytes >= Limits.freeBytesMin {
      gates.open(.disk)
    } else {
      closeGate(.disk, reason, at: now)
      gates.stay(.disk, longest: longest(.disk), reason: reason, at: now)
    }
  }

  /// A submit got no usable answer; enough of them close the gate.
  ///
  /// - Parameter shared: what several submits may have waited for together.
  mutating func noteOutage(_ problem: Problem, shared: String? = nil, at now: Timestamp) {
    // A submit that was cut off because csmd stops says nothing about fal.
    guard !isStopping else { return }
    outage.note(shared: shared, at: now)
    guard outage.isOut(isTrial: gates.isOnTrial) else { return }
    closeGate(.outage, problem.message, at: now)
    outage.isKnown()
  }
}

extension Gate.Name {
  /// The reason as people read it; for a lock, with what to do about it.
  fileprivate func reason(_ problem: Problem) -> String {
    self == .balance ? "\(problem.message); \(LockReason(problem.message).advice)" : problem.message
  }
}
