/// Submits that fal refused in a row for a reason that may concern all of them.
struct RefusalStreak: Sendable {
  /// How many refusals, over how long a time, are believed.
  let countMin: Int
  let timeMin: Duration

  private var since: Timestamp?
  private(set) var count = 0

  init(countMin: Int, timeMin: Duration = .zero) {
    self.countMin = countMin
    self.timeMin = timeMin
  }

  mutating func note(at now: Timestamp) {
    since = since ?? now
    count += 1
  }

  func isBelieved(at now: Timestamp) -> Bool {
    guard let since else { return false }
    return count >= countMin && now.since(since) >= timeMin
  }

  mutating func end() { self = RefusalStreak(countMin: countMin, timeMin: timeMin) }
}

/// The streaks, by the gate that each closes.
struct RefusalStreaks: Sendable {
  private var rows: [Gate.Name: RefusalStreak] = [
    .auth: RefusalStreak(countMin: 3),
    // Some locks come and go: after a payment, fal was seen to refuse some submits and accept others.
    .balance: RefusalStreak(countMin: 5, timeMin: .seconds(20)),
    // The model is unknown, or its address takes no POST.
    .outage: RefusalStreak(countMin: 3),
  ]

  /// After this many refusals in a row, submits go one at a time.
  private static let cautious = 8

  /// Notes a refusal.
  ///
  /// - Returns: whether the gate is to be closed.
  mutating func note(_ gate: Gate.Name, at now: Timestamp) -> Bool {
    rows[gate]?.note(at: now)
    return rows[gate]?.isBelieved(at: now) ?? true
  }

  /// Whether no refusals keep the gate closed.
  func isOpen(_ gate: Gate.Name) -> Bool { rows[gate]?.count == 0 }

  var isCautious: Bool { rows.values.contains { $0.count >= Self.cautious } }

  /// fal accepts the key.
  mutating func keyIsTaken() { rows[.auth]?.end() }

  /// fal accepted a submit.
  mutating func end() {
    for gate in rows.keys { rows[gate]?.end() }
  }
}
