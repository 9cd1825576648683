/// When to ask for the status: few questions for each job, and no visible delay at its end.
///
/// The first question comes after three quarters of the expected time, the second a quarter later (by then
/// most requests are over), and the next ones at growing gaps. One rate limits them all together.
struct PollSchedule: Sendable {
  /// The usual seconds from acceptance to the end, learned from requests that ended; nil before the first.
  private var usual: Double?
  /// When the rate allows the next question.
  private(set) var slot = Timestamp(milliseconds: .min)

  static let gapMin: Duration = .milliseconds(100)
  static let gapMax: Duration = .seconds(30)
  static let gapMaxInQueue: Duration = .seconds(60)
  /// The gap between two questions about any jobs: at most 400 a second, as many as fal's own client asks
  /// about forty requests.
  static let spacing: Duration = .microseconds(2500)
  /// Once nothing is left to send, the remaining few are asked about more often.
  private static let gapAtEnd: Duration = .milliseconds(250)
  private static let gapAtEndEach: Duration = .milliseconds(10)

  /// A request took this long from its acceptance until its end was seen.
  ///
  /// - Returns: whether it is the first whose time is known.
  mutating func finished(after time: Duration) -> Bool {
    defer { learn(time) }
    return usual == nil
  }

  private mutating func learn(_ time: Duration) {
    // A request that ended while nobody looked would distort the usual time for long.
    let seconds = min(max(0, time.seconds), Self.gapMaxInQueue.seconds * 2)
    usual = usual.map { $0 + (seconds - $0) * 0.1 } ?? seconds
  }

  /// The clock was set.
  mutating func forgetTimes() { slot = Timestamp(milliseconds: .min) }

  /// The gap before the next question about a request that was accepted `elapsed` ago.
  ///
  /// - Parameters:
  ///   - expected: the time from acceptance to the end, estimated from the last minute. It follows a change
  ///     quickly, but requests that do not end mislead it. Nil while it is not known.
  ///   - out: how many requests are at fal.
  func gap(
    elapsed: Duration, inQueue: Bool, expected: Duration?, out: Int,
    generator: inout SeededGenerator
  ) -> Duration {
    let gap: Duration
    // What ended last may not have waited as long at fal as what comes now.
    if let expected = [expected, usual.map { .seconds($0 * 1.5) }].compactMap(\.self).min() {
      let late = elapsed - expected * 0.75
      gap =
        (late < .zero ? .zero - late : max(expected / 4, late)) * (0.9 + 0.2 * generator.share())
    } else {
      // Spread out, so that some question sees the first end soon. Of many, each needs fewer.
      let growth = min(max(1, Double(out) / 16), 4)
      gap = max(.milliseconds(500), elapsed * growth) * (0.5 + generator.share())
    }
    return min(max(gap, Self.gapMin), inQueue ? Self.gapMaxInQueue : Self.gapMax)
  }

  /// The longest gap between two questions about one of the last requests of a night.
  ///
  /// If its end is seen late, the night is that much longer.
  ///
  /// The start of a waiting request should be seen within a quarter of the model's usual time, and the end
  /// of one that is worked on at once.
  ///
  /// - Parameters:
  ///   - worked: how long it is known to have been worked on; nil while it waits.
  ///   - usual: how long the model usually works.
  ///   - left: how many requests are left.
  /// - Returns: nil for a request that has taken so long that its end cannot be predicted.
  static func gapAtEnd(worked: Duration?, usual: Duration, left: Int) -> Duration? {
    if let worked, worked > usual * 2 + .seconds(10) { return nil }
    let gap = worked.map { (usual * 0.75 - $0) / 2 } ?? usual / 4
    return max(gap, gapAtEnd, gapAtEndEach * left)
  }

  /// Whether the rate allows a question now.
  ///
  /// If so, it counts as asked.
  mutating func mayAsk(at now: Timestamp) -> Bool {
    guard slot <= now else { return false }
    slot = max(slot, now - Self.spacing * 10) + Self.spacing
    return true
  }
}
