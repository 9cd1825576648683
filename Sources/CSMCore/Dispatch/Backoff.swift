/// How long to wait before the n-th try: doubles from `base` to `cap`, and half of it is random.
///
/// A single client waits here for many jobs, so the randomness only has to spread them. "Equal jitter" does
/// that without the near-zero waits of full jitter.
package struct Backoff: Sendable {
  /// The first wait at its longest.
  let base: Duration
  /// The longest wait.
  let cap: Duration

  /// A submit that was not sent: fal cannot be reached.
  package static let notSent = Backoff(base: .seconds(2), cap: .seconds(300))
  /// A submit that fal put off.
  package static let refused = Backoff(base: .seconds(2), cap: .seconds(300))
  /// All submits, after fal put one off.
  static let rate = Backoff(base: .seconds(1), cap: .seconds(300))
  /// A request that failed at fal and is paid for once more.
  package static let failed = Backoff(base: .seconds(30), cap: .seconds(1800))
  /// A reading of fal's request listing.
  package static let listing = Backoff(base: .seconds(5), cap: .seconds(300))
  /// A status or result that could not be read.
  package static let reading = Backoff(base: .seconds(1), cap: .seconds(60))
  /// A status or result that fal refuses to show, or an input that the model refuses.
  static let refusedReading = Backoff(base: .seconds(2), cap: .seconds(60))
  /// An id that fal does not know.
  package static let missing = Backoff(base: .seconds(10), cap: .seconds(300))
  /// A result that is missing or makes no sense, or may be a failure.
  static let result = Backoff(base: .seconds(10), cap: .seconds(60))
  /// A result that is a transient failure: three looks take longer than `Dispatcher.failingGrace`, and under a
  /// minute.
  static let failing = Backoff(base: .seconds(14), cap: .seconds(60))
  /// A download.
  package static let download = Backoff(base: .milliseconds(500), cap: .seconds(60))
  /// A download in no known format: time for a server whose passing fault it may be.
  static let whole = Backoff(base: .seconds(8), cap: .seconds(60))

  /// The longest wait that a server may ask for (`Retry-After`).
  package static let retryAfterMax: Duration = .seconds(3600)

  /// The wait before try `count` (from 1), at least as long as the server asked for.
  package func delay(
    _ count: Int, retryAfter: Duration? = nil, generator: inout SeededGenerator
  ) -> Duration {
    let doubled = base * (1 << min(max(count - 1, 0), 20))
    let whole = min(cap, doubled)
    let drawn = whole / 2 + whole / 2 * generator.share()
    guard let retryAfter, retryAfter > .zero else { return drawn }
    return max(drawn, min(retryAfter, Self.retryAfterMax) + .seconds(1) * generator.share())
  }
}
