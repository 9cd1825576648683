/// How many requests may be at fal at once: enough that its runners never run dry, and no more.
///
/// fal works on 2 to 40 requests of an account at once and queues the rest without complaint, so two
/// figures bound the window: what fal turned out to work on at once (Little's law over the last
/// minute), and what it took without faults (additive increase, multiplicative decrease).
struct Window: Sendable {
  private let ceiling: Int
  /// The bound by faults.
  private var lossBound: Double
  private var lastLoss: Timestamp?
  /// Seconds of work that fal reported, with the moment of each report.
  private var work: [(at: Timestamp, seconds: Double)] = []

  /// Below this many reports the concurrency is not judged.
  ///
  /// Where the minute has fewer, the last ones of ten minutes do.
  static let reportsMin = 8
  private static let longMemory: Duration = .seconds(600)
  /// The window that even a lone runner gets, so that a short line never leaves it idle.
  static let smallest = 8
  static let memory: Duration = .seconds(60)
  /// A request is out for so many seconds at least: it is on its way, and its end has to be seen.
  ///
  /// Otherwise the window of a fast model would shrink to what it is fed, and feed it no more.
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

  /// How long a request takes from its acceptance to its end while so many are out (Little's law); nil where
  /// that cannot be told yet.
  mutating func timeExpected(out: Int, at now: Timestamp) -> Duration? {
    guard let span = span(at: now) else { return nil }
    let work = work.reduce(0) { $0 + $1.seconds } / Double(work.count)
    return .seconds(max(work, Double(max(1, out)) * span / Double(self.work.count)))
  }

  /// The seconds in which all reports came that are remembered; nil where they are too few.
  private mutating func span(at now: Timestamp) -> Double? {
    let old = work.prefix { $0.at < now - Self.memory }.count
    work.removeFirst(min(old, max(0, work.count - Self.reportsMin)))
    work.removeAll { $0.at < now - Self.longMemory }
    guard let first = work.first, let last = work.last, work.count >= Self.reportsMin else {
      return nil
    }
    // What was long ago says how much was worked on at once then, and nothing of the time since.
    let end = first.at < now - Self.memory ? last.at : now
    return max(1, end.since(first.at).seconds)
  }

  /// The clock was set.
  mutating func forgetTimes() {
    work = []
    lastLoss = nil
  }

  mutating func accepted(at now: Timestamp) {
    lossBound = min(Double(ceiling), lossBound + 1 / max(1, lossBound))
  }

  /// A request was over after so many seconds of work.
  mutating func finished(seconds: Double?, at now: Timestamp) {
    guard let seconds, seconds > 0, seconds < 86_400 else { return }
    work.append((now, seconds))
  }

  /// A refusal for now, a server fault or a time-out: a sign of overload; one a second counts.
  mutating func lost(at now: Timestamp) {
    if let lastLoss, now.since(lastLoss) < .seconds(1) { return }
    lastLoss = now
    lossBound = max(1, (min(lossBound, Double(ceiling)) * 0.7).rounded(.down))
  }
}
