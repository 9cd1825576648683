extension Dispatcher {
  /// The first gap between looks at a full disk.
  static let diskProbe: Duration = .seconds(10)

  /// The gates that one free question to fal tells about.
  private static let probed: [Gate.Name] = [.auth, .balance, .outage]

  /// Opens the gates whose time is over.
  mutating func openTimedGates(at now: Timestamp) {
    for gate in gates.due(at: now) where gate.name.opensByTime {
      gates.open(gate.name, first: .zero)
    }
  }

  /// Asks about the gates of which time alone tells nothing.
  mutating func dueGateActions(at now: Timestamp) -> [Action] {
    var actions: [Action] = []
    for gate in gates.due(at: now) {
      switch gate.name {
      case .auth, .balance, .outage:
        guard !isProbing else { continue }
        isProbing = true
        actions.append(.probe)
      case .disk:
        guard !isCheckingDisk else { continue }
        isCheckingDisk = true
        actions.append(.checkDisk)
      case .rate, .budget, .hours, .paused: break
      }
    }
    return actions
  }

  /// When a gate opens by itself or is looked at next, but for the looks that are being made.
  var nextGateLook: Timestamp? {
    gates.closed.values.filter { gate in
      switch gate.name {
      case .auth, .balance, .outage: !isProbing
      case .disk: !isCheckingDisk
      case .rate, .budget, .hours, .paused: true
      }
    }
    .compactMap(\.probeAt).min()
  }

  /// What the free question to fal told.
  mutating func settle(_ outcome: ProbeOutcome, at now: Timestamp) {
    isProbing = false
    let first = limits.gateProbe
    let (still, problem): (Gate.Name?, Problem?) =
      switch outcome {
      case .fine: (nil, nil)
      case .unauthorized(let problem): (.auth, problem)
      case .locked(let problem): (.balance, problem)
      case .unreachable(let problem): (.outage, problem)
      }
    guard let still, let problem else {
      for name in Self.probed { gates.open(name, first: first) }
      return
    }
    if still == .outage {
      // No answer tells nothing about the key or the account.
      for name in Self.probed where gates.closed[name] != nil {
        gates.stay(name, reason: gates.closed[name]?.reason ?? "", first: first, at: now)
      }
      return
    }
    for name in Self.probed where name != still { gates.open(name, first: first) }
    gates.close(still, probing: first, reason: problem.message, at: now)
    gates.stay(still, reason: problem.message, first: first, at: now)
  }

  /// How much room the disk has.
  mutating func settle(freeBytes: Int64, at now: Timestamp) {
    isCheckingDisk = false
    let mebibytes = (freeBytes >> 20, limits.freeBytesMin >> 20)
    let reason = "\(mebibytes.0) MiB are free, \(mebibytes.1) MiB are needed"
    if freeBytes >= limits.freeBytesMin {
      gates.open(.disk, first: Self.diskProbe)
    } else {
      gates.close(.disk, probing: Self.diskProbe, reason: reason, at: now)
      gates.stay(.disk, reason: reason, first: Self.diskProbe, at: now)
    }
  }

  /// Follows what people wrote into the table.
  mutating func adopt(_ control: Control, at now: Timestamp) {
    gates.adopt(control.gates)
    learn(nextDue: control.nextDue, at: now)
    hasNews = true
    // What was fetched just now is still as it was in the table.
    for job in control.retried where !isUnsaved(job.id) { recover(job, isUnsent: false, at: now) }
    // In order, so that equal runs draw equal lots.
    for id in control.cancelWanted.sorted() {
      guard let entry = active[id], !entry.job.cancelWanted else { continue }
      active[id]?.job.cancelWanted = true
      switch entry.job.state.name {
      case .inQueue, .inProgress:
        if !entry.isBusy { follow(id, at: now) }
      case .queued, .submitting, .unknown, .completed, .stored, .failed, .cancelled, .held: break
      }
    }
  }

  /// A submit got no answer of use; enough of them close the gate.
  mutating func noteOutage(
    _ job: Job.ID, _ problem: Problem, shared: String? = nil, at now: Timestamp
  ) {
    // What is cut off by leaving says nothing of fal.
    guard !isStopping else { return }
    outage.note(job, shared: shared, at: now)
    guard outage.isOutage || gates.isOnTrial else { return }
    gates.close(.outage, probing: limits.gateProbe, reason: problem.message, at: now)
    outage.clear()
  }
}
