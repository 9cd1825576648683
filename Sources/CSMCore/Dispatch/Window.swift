/// How many requests may be at fal at once: enough to keep its runners busy, and no more.
///
/// fal works on 2 to 40 requests of an account at once and queues the rest without complaint. So two figures
/// bound the window: how many fal was seen to work on at once (Little's law over the last minute), and how
/// many it took without faults (additive increase, multiplicative decrease).
struct Window: Sendable {
  private let ceiling: Int
  /// The bound by faults.
  private var lossBound: Double
  private var lastLoss: Timestamp?
  /// Seconds of work that fal reported, with the moment of each report.
  private var work: [(at: Timestamp, seconds: Double)] = []

  /// Fewer reports than this say nothing about the concurrency.
  ///
  /// If the last minute has fewer, the latest of ten minutes count.
  static let reportsMin = 8
  private static let longMemory: Duration = .seconds(600)
  /// The window that even a lone runner gets, so that a short queue never leaves it idle.
  static let smallest = 8
  static let memory: Duration = .seconds(60)
  /// The least number of seconds that a request counts for: it has to travel, and its end has to be seen.
  ///
  /// Otherwise the window of a fast model would shrink to what it is fed, and starve it.
  private static let shortest = 0.5

  init(ceiling: Int) {
    self.ceiling = ceiling
    lossBound = Double(ceiling)
  }

  /// How many requests may be out at `now`.
  mutating func size(at now: Timestamp) -> Int {
    let bound = min(ceiling, max(1, Int(lossBound)))
    guard let span = span(at: now) else { return bound }
    let atOnce = work.reduce(0) { $0 + max($1.seconds, Self.shortest) } / span
    guard atOnce < Double(ceiling) else { return bound }
    return min(bound, max(Self.smallest, Int(atOnce * 2) + 4))
  }

  /// How long a request takes from its acceptance to its end while `out` are at fal (Little's law); nil
  /// while that is not known.
  mutating func timeExpected(out: Int, at now: Timestamp) -> Duration? {
    guard let span = span(at: now) else { return nil }
    let work = work.reduce(0) { $0 + $1.seconds } / Double(work.count)
    return .seconds(max(work, Double(max(1, out)) * span / Double(self.work.count)))
  }

  /// The seconds over which the remembered reports arrived; nil if they are too few.
  private mutating func span(at now: Timestamp) -> Double? {
    let old = work.prefix { $0.at < now - Self.memory }.count
    work.removeFirst(min(old, max(0, work.count - Self.reportsMin)))
    work.removeAll { $0.at < now - Self.longMemory }
    guard let first = work.first, let last = work.last, work.count >= Self.reportsMin else {
      return nil
    }
    // Old reports tell how many were worked on at once then, and nothing about the time since.
    let end = first.at < now - Self.memory ? last.at : now
    return max(1, end.since(first.at).seconds)
  }

  /// The clock was set.
  mutating func forgetTimes() {
    work = []
    lastLoss = nil
  }

  mutating func accepted() {
    lossBound = min(Double(ceiling), lossBound + 1 / max(1, lossBound))
  }

  /// A request ended after this many seconds of work.
  mutating func finished(seconds: Double?, at now: Timestamp) {
    guard let seconds, seconds > 0, seconds < 86_400 else { return }
    work.append((now, seconds))
  }

  /// A submit was put off, met a server's fault or timed out: signs of overload, of which one each second
  /// counts.
  mutating func lost(at now: Timestamp) {
    if let lastLoss, now.since(lastLoss) < .seconds(1) { return }
    lastLoss = now
    lossBound = max(1, (min(lossBound, Double(ceiling)) * 0.7).rounded(.down))
  }
}
