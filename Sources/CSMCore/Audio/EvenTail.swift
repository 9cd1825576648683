/// The end of a recording, as far back as its level stays constant; speech never does for a second.
struct EvenTail {
  /// Its length in windows.
  private(set) var count = 0
  /// The middle of its level range; the floor if there is no tail.
  private(set) var level = Decibels.floor

  /// How far the level may move within it, in decibels.
  private static let range: Float = 6
  /// Windows at the very end that may be skipped: a fade, or an incomplete window.
  private static let fade = 3

  /// - Parameter levels: of all windows; not empty.
  init(_ levels: [Float]) {
    let smooth = levels.smoothed
    for end in stride(from: smooth.count, through: max(1, smooth.count - Self.fade), by: -1) {
      var (low, high) = (smooth[end - 1], smooth[end - 1])
      var start = end - 1
      while start > 0 {
        let next = (min(low, smooth[start - 1]), max(high, smooth[start - 1]))
        guard next.1 - next.0 <= Self.range else { break }
        (low, high) = next
        start -= 1
      }
      guard end - start > count else { continue }
      count = end - start
      level = (low + high) / 2
    }
  }
}

extension [Float] {
  /// Each value averaged with its neighbours.
  var smoothed: [Float] {
    indices.map { index in
      let (before, after) = (self[Swift.max(0, index - 1)], self[Swift.min(count - 1, index + 1)])
      return (before + self[index] + after) / 3
    }
  }
}
