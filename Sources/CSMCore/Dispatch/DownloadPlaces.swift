/// How many downloads may run at once: few over a slow network, which more of them would only slow down, and
/// more where they end quickly.
struct DownloadPlaces: Sendable {
  static let fewest = 8
  static let most = 64
  /// How often the number is decided anew, in seconds.
  private static let period = 0.5

  private(set) var count = fewest
  private var periodBegan: Timestamp?
  private var stored = 0

  /// A download has ended well.
  mutating func stored(at now: Timestamp) {
    stored += 1
    guard let began = periodBegan else {
      periodBegan = now
      return
    }
    let seconds = now.since(began).seconds
    guard seconds >= Self.period || seconds < 0 else { return }
    // A place is worth having if it brings two files a second.
    let places = Int(Double(stored) / max(Self.period, seconds) / 2)
    count = min(Self.most, max(Self.fewest, places))
    (periodBegan, stored) = (now, 0)
  }
}
