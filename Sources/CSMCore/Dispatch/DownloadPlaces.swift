/// How many downloads may run at once: few over a slow network, which more of them would only slow down, and
/// more where they end quickly.
struct DownloadPlaces: Sendable {
  static let fewest = 8
  static let most = 32

  private(set) var count = fewest
  private var secondBegan: Timestamp?
  private var stored = 0

  /// A download has ended well.
  mutating func stored(at now: Timestamp) {
    stored += 1
    guard let began = secondBegan else {
      secondBegan = now
      return
    }
    let seconds = now.since(began).seconds
    guard seconds >= 1 || seconds < 0 else { return }
    // A place is worth having if it brings four files a second.
    let places = Int(Double(stored) / max(1, seconds) / 4)
    count = min(Self.most, max(Self.fewest, places))
    (secondBegan, stored) = (now, 0)
  }
}
