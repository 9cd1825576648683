import CSMCore

/// How fal behaves in a run, where its documentation is ambiguous and where accounts differ.
struct Manner: Sendable {
  /// Whether the list omits waiting requests and gives the time at which a request started.
  let listsFromStart: Bool
  /// How far its clock is ahead of the true time.
  let clockOffset: Duration
  /// The time during which a locked account refuses a share of the submits, while reads are answered.
  let lock: Range<Timestamp>
  let lockedShare: Double
  /// The body of the answer about the balance; nil if fal does not answer that.
  let balance: String?

  /// Draws it from a generator of its own, so that it does not affect the rest of the run.
  init(seed: UInt64, at now: Timestamp) {
    var generator = SeededGenerator(seed: seed &* 11)
    listsFromStart = generator.happens(0.5)
    clockOffset = generator.happens(0.3) ? generator.seconds(-1800...1800) : .zero
    let begin = now + generator.seconds(0...7200)
    lock = begin..<(generator.happens(0.4) ? begin + generator.seconds(1...3600) : begin)
    lockedShare = generator.element(of: [0.1, 0.3, 0.9, 1]) ?? 1
    balance = generator.element(of: [nil, "9.94", "0", "-0.31", "1e999", "[]"]) ?? nil
  }

  /// The time that its clock shows at a true time.
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
