/// When to ask for the status: few questions a job, and no visible delay at its end.
///
/// The first question comes when three quarters of the time that is expected have passed, the second a
/// quarter of it later (by then most are over), the next ones after growing gaps; all together keep under
/// one rate.
struct PollSchedule: Sendable {
  /// The usual seconds from acceptance to the end, learned from what finished; nil before the first.
  private var usual: Double?
  /// The earliest moment for the next question, by the rate.
  private(set) var slot = Timestamp(milliseconds: .min)

  static let gapMin: Duration = .milliseconds(100)
  static let gapMax: Duration = .seconds(30)
  static let gapMaxInQueue: Duration = .seconds(60)
  /// Between two questions, whatever job they are about: 400 a second at most, as many as fal's own client
  /// asks about forty requests.
  static let spacing: Duration = .microseconds(2500)
  /// While nothing waits to be sent, the few that are left are asked about more often.
  private static let gapAtEnd: Duration = .milliseconds(250)
  private static let gapAtEndEach: Duration = .milliseconds(10)

  /// A request took so long from its acceptance until its end was seen.
  ///
  /// - Returns: whether it is the first of which that is known.
  mutating func finished(after time: Duration) -> Bool {
    defer { learn(time) }
    return usual == nil
  }

  private mutating func learn(_ time: Duration) {
    // What ended while nobody looked would hide the usual time for long.
    let seconds = min(max(0, time.seconds), Self.gapMaxInQueue.seconds * 2)
    usual = usual.map { $0 + (seconds - $0) * 0.1 } ?? seconds
  }

  /// The clock was set.
  mutating func forgetTimes() { slot = Timestamp(milliseconds: .min) }

  /// The gap before the next question about a request that was accepted so long ago.
  ///
  /// - Parameter expected: the time from acceptance to the end by what ends in a minute, which follows a
  ///   change soon, and is misled by requests that do not end; nil where that is not known yet.
  func gap(elapsed: Duration, inQueue: Bool, expected: Duration?, lot: inout Lot) -> Duration {
    let gap: Duration
    if let expected = [expected, usual.map { .seconds($0) }].compactMap(\.self).min() {
      let late = elapsed - expected * 0.75
      gap = (late < .zero ? .zero - late : max(expected / 4, late)) * (0.9 + 0.2 * lot.share())
    } else {
      // Spread out, so that the first end is seen soon, by whichever question comes then.
      gap = max(.seconds(1), elapsed) * (0.5 + lot.share())
    }
    return min(max(gap, Self.gapMin), inQueue ? Self.gapMaxInQueue : Self.gapMax)
  }

  /// The longest gap between two questions about one of the last requests of a night: by as much as its end
  /// is seen late, the night is longer.
  ///
  /// One that waits is to be seen within a quarter of the model's time after it was begun, and one that is
  /// worked on at its end.
  ///
  /// - Parameters:
  ///   - worked: how long it has been worked on as far as is seen; nil while it waits.
  ///   - usual: how long the model works.
  ///   - left: how many requests there are.
  /// - Returns: nil for one that has taken so long that nobody knows when it will end.
  static func gapAtEnd(worked: Duration?, usual: Duration, left: Int) -> Duration? {
    if let worked, worked > usual * 2 + .seconds(10) { return nil }
    let gap = worked.map { (usual * 0.75 - $0) / 2 } ?? usual / 4
    return max(gap, gapAtEnd, gapAtEndEach * left)
  }

  /// Whether the rate allows a question now; if so, it counts as asked.
  mutating func mayAsk(at now: Timestamp) -> Bool {
    guard slot <= now else { return false }
    slot = max(slot, now - Self.spacing * 10) + Self.spacing
    return true
  }
}
