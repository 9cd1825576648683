import CSMCore

/// What differs from one fal to another, where its documents allow several readings, and what some accounts
/// have to live with.
struct Manner: Sendable {
  /// What only waits is not listed, and a request's moment is the one at which it started.
  let listsFromStart: Bool
  /// How far its clock is ahead of the true one.
  let clockOffset: Duration
  /// While a share of the submits is refused because the account is locked, and reads are answered.
  let lock: Range<Timestamp>
  let lockedShare: Double
  /// What it says is left on the account; nil where it does not say.
  let balance: String?

  /// Draws it, from a source of its own so that nothing else of the run depends on it.
  init(seed: UInt64, at now: Timestamp) {
    var generator = SeededGenerator(seed: seed &* 11)
    listsFromStart = generator.happens(0.5)
    clockOffset = generator.happens(0.3) ? generator.seconds(-1800...1800) : .zero
    let begin = now + generator.seconds(0...7200)
    lock = begin..<(generator.happens(0.4) ? begin + generator.seconds(1...3600) : begin)
    lockedShare = generator.element(of: [0.1, 0.3, 0.9, 1]) ?? 1
    balance = generator.element(of: [nil, "9.94", "0", "-0.31", "1e999", "[]"]) ?? nil
  }

  /// Its moment for a true one.
  func shown(_ moment: Timestamp) -> Timestamp { moment + clockOffset }

  /// The header `Date`.
  func date(at moment: Timestamp) -> String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = shown(moment).rfc3339.prefix(19).split(whereSeparator: { "-T".contains($0) })
    let month = months[(Int(parts[1]) ?? 1) - 1]
    return "Mon, \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
  }
}
