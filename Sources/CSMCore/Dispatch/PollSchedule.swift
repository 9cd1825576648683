/// When to ask for the status: few questions a job, and no visible delay at its end.
///
/// The first question comes when half of the usual time has passed, the second a quarter of it later
/// (by then most are over), the next ones after growing gaps; all together keep under one rate.
struct PollSchedule: Sendable {
  /// The usual seconds from acceptance to the end, learned from what finished; nil before the first.
  private var usual: Double?
  /// The earliest moment for the next question, by the rate.
  private(set) var slot = Timestamp(milliseconds: .min)

  static let gapMin: Duration = .milliseconds(250)
  static let gapMax: Duration = .seconds(15)
  static let gapMaxInQueue: Duration = .seconds(30)
  /// Between two questions, whatever job they are about: 100 a second at most.
  static let spacing: Duration = .milliseconds(10)

  /// A request took so long from its acceptance until its end was seen.
  mutating func finished(after time: Duration) {
    // What ended while nobody looked would hide the usual time for long.
    let seconds = min(max(0, time.seconds), Self.gapMaxInQueue.seconds * 2)
    usual = usual.map { $0 + (seconds - $0) * 0.1 } ?? seconds
  }

  /// The clock was set.
  mutating func forgetTimes() { slot = Timestamp(milliseconds: .min) }

  /// The gap before the next question about a request that was asked about `asked` times.
  func gap(asked: Int, inQueue: Bool, lot: inout Lot) -> Duration {
    let growth = Double(1 << min(asked, 10))
    let gap =
      switch (usual, asked) {
      case (let usual?, 0): usual / 2
      case (let usual?, _): usual / 8 * growth
      case (nil, _): growth
      }
    let bounded = min(
      max(.seconds(gap), Self.gapMin), inQueue ? Self.gapMaxInQueue : Self.gapMax)
    return bounded * (0.9 + 0.2 * lot.share())
  }

  /// Whether the rate allows a question now; if so, it counts as asked.
  mutating func mayAsk(at now: Timestamp) -> Bool {
    guard slot <= now else { return false }
    slot = max(slot, now - Self.spacing * 10) + Self.spacing
    return true
  }
}
