/// How long fal's model works on one request.
struct WorkTime: Sendable {
  /// The usual seconds, learned from requests that finished; nil before the first.
  private var seconds: Double?

  var usual: Duration? { seconds.map { .seconds($0) } }

  /// fal's apps may work for an hour, unless they say otherwise.
  private static let limit: Duration = .seconds(3600)
  private static let patienceMin: Duration = .seconds(120)

  mutating func note(_ latest: Double) {
    guard latest >= 0, latest < Self.limit.seconds else { return }
    seconds = seconds.map { $0 + (latest - $0) * 0.1 } ?? latest
  }

  /// A request that takes longer is set aside.
  var patience: Duration {
    usual.map { max(Self.patienceMin, $0 * 10) } ?? Self.limit
  }
}
