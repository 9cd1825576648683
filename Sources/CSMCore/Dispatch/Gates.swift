/// All gates: which are closed, when each is looked at next, and how carefully to start again.
struct Gates: Sendable {
  /// The closed ones.
  private(set) var closed: [Gate.Name: Gate] = [:]
  /// Changed since they were last handed out to be made durable.
  private var changed: Set<Gate.Name> = []
  /// The gap with which a gate that closes again continues, until a submit is accepted.
  private var gaps: [Gate.Name: Duration] = [:]
  /// Whether a gate was opened by a probe and no submit has been accepted since, so that submits go
  /// one at a time.
  private(set) var isOnTrial = false

  var stopSubmits: Bool { !closed.isEmpty }

  /// Whether the gate was opened for a trial and closed again.
  func isClosedAgain(_ name: Gate.Name) -> Bool { closed[name] != nil && gaps[name] != nil }

  var stopDownloads: Bool { closed[.disk] != nil }

  /// Closes a gate that opens by itself at `until`.
  mutating func close(_ name: Gate.Name, until: Timestamp, reason: String, at now: Timestamp) {
    if let gate = closed[name], let probeAt = gate.probeAt, probeAt >= until { return }
    closed[name] = Gate(
      name: name, reason: reason, since: closed[name]?.since ?? now, probeAt: until)
    changed.insert(name)
  }

  /// Closes a gate that a person opens, or a good result of a request under way.
  mutating func close(_ name: Gate.Name, reason: String, at now: Timestamp) {
    guard closed[name] == nil else { return }
    closed[name] = Gate(name: name, reason: reason, since: now, probeAt: nil)
    changed.insert(name)
  }

  /// Closes a gate that a person opens; one that is closed gets this reason before its own, unless it has it.
  mutating func close(_ name: Gate.Name, alsoBecause reason: String, at now: Timestamp) {
    close(name, reason: reason, at: now)
    guard var gate = closed[name], !gate.reason.contains(reason) else { return }
    gate.reason = "\(reason); and: \(gate.reason)"
    closed[name] = gate
    changed.insert(name)
  }

  /// Closes a gate that is looked at after `first`, then at growing gaps up to `longest`.
  mutating func close(
    _ name: Gate.Name, first: Duration, longest: Duration, reason: String, at now: Timestamp
  ) {
    guard closed[name] == nil else { return }
    let gap = min(gaps[name] ?? first, longest)
    closed[name] = Gate(name: name, reason: reason, since: now, probeAt: now + gap, gap: gap)
    changed.insert(name)
  }

  /// The gate's cause is still there: the next look comes after twice the gap.
  mutating func stay(_ name: Gate.Name, longest: Duration, reason: String, at now: Timestamp) {
    guard var gate = closed[name] else { return }
    gate.gap = min(gate.gap * 2, longest)
    gate.probeAt = now + gate.gap
    gate.reason = reason
    closed[name] = gate
    changed.insert(name)
  }

  /// Opens a gate whose cause seems to be gone.
  mutating func open(_ name: Gate.Name) {
    guard let gate = closed.removeValue(forKey: name) else { return }
    changed.insert(name)
    guard gate.gap > .zero else { return }
    gaps[name] = gate.gap * 2
    isOnTrial = true
  }

  /// A submit was accepted, so all is well again.
  mutating func accepted() {
    gaps = [:]
    isOnTrial = false
  }

  /// Takes over what the table says, which holds what people decided.
  mutating func adopt(_ rows: [Gate]) {
    // Changes that are not durable yet are newer than the rows.
    let unsaved = closed.filter { changed.contains($0.key) }
    let theirs = rows.filter { !changed.contains($0.name) }.map { ($0.name, $0) }
    closed = unsaved.merging(theirs) { mine, _ in mine }
  }

  /// The gates that are due for a look.
  func due(at now: Timestamp) -> [Gate] {
    closed.values.filter { $0.probeAt.map { $0 <= now } ?? false }
      .sorted { $0.name.rawValue < $1.name.rawValue }
  }

  /// Hands over what is to be made durable: each changed gate, nil if it is open now.
  mutating func takeChanges() -> [Gate.Name: Gate?] {
    defer { changed = [] }
    return Dictionary(uniqueKeysWithValues: changed.map { ($0, closed[$0]) })
  }
}
