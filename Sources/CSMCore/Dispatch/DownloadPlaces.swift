/// How many downloads may go on at once: few on a slow line, which more of them would only slow down, and
/// more where they end soon.
struct DownloadPlaces: Sendable {
  static let fewest = 8
  static let most = 32

  private(set) var count = fewest
  private var secondBegan: Timestamp?
  private var stored = 0

  /// A download has come to its end.
  mutating func stored(at now: Timestamp) {
    stored += 1
    guard let began = secondBegan else {
      secondBegan = now
      return
    }
    let seconds = now.since(began).seconds
    guard seconds >= 1 || seconds < 0 else { return }
    // Places that each bring four files a second are worth having.
    let places = Int(Double(stored) / max(1, seconds) / 4)
    count = min(Self.most, max(Self.fewest, places))
    (secondBegan, stored) = (now, 0)
  }
}
