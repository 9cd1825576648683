/// The longest stretch of a recording that is heard once more: the envelope laid over itself.
///
/// Two takes of the same words are never alike in each fiftieth of a second; a model that is caught in a loop,
/// or speaks a sentence twice, is. Level and brightness are compared, since the level alone is alike too often.
struct Repetition {
  /// Windows of sound that come again, and how many windows later.
  private(set) var count = 0
  private(set) var lag = 0

  /// The shortest distance that is looked at, in windows: a fifth of a second, a short word.
  private static let lagMin = 10
  /// The longest one: half a minute.
  ///
  /// Windows times lags are what it costs.
  private static let lagMax = 1500
  /// Beyond so many windows only every other is looked at.
  private static let windowsMax = 2048
  /// Windows over which a likeness is taken together: 0.3 s.
  private static let stretch = 15
  /// The mean difference of what is alike.
  private static let alike: Float = 0.6
  /// How far the level moves around a window of speech, in decibels; a noise is like itself all the time.
  private static let lively: Float = 8

  init(levels: [Float], timbre: [Float], isSound: [Bool]) {
    let step = (levels.count + Self.windowsMax - 1) / Self.windowsMax
    var features = Self.features(levels, timbre, isSound)
    var speech = Self.speech(levels, isSound)
    if step > 1 {
      let starts = stride(from: 0, to: features.count - step, by: step)
      features = starts.map { features[$0..<$0 + step].reduce(.zero, +) / Float(step) }
      speech = starts.map { speech[$0] }
    }
    // How much speech there is before each window.
    var before: [Int32] = [0]
    for isSpeech in speech { before.append(before[before.count - 1] + (isSpeech ? 1 : 0)) }
    find(features, before, stretch: max(4, Self.stretch / max(1, step)))
    count *= step
    lag *= step
  }

  /// Which windows are of sound whose level moves.
  private static func speech(_ levels: [Float], _ isSound: [Bool]) -> [Bool] {
    levels.indices.map { index in
      guard isSound[index] else { return false }
      let near = levels[max(0, index - 10)..<min(levels.count, index + 11)]
      return (near.max() ?? 0) - (near.min() ?? 0) > lively
    }
  }

  /// Level, brightness and whether there is sound, each so that 1 is a difference that can be heard.
  private static func features(
    _ levels: [Float], _ timbre: [Float], _ isSound: [Bool]
  ) -> [SIMD2<Float>] {
    let loud = zip(levels, isSound).filter(\.1).map(\.0)
    let mean = loud.reduce(0, +) / Float(max(1, loud.count))
    let raw = levels.indices.map { index in
      isSound[index]
        ? SIMD2(max(-20, levels[index] - mean) / 5, timbre[index] / 4) : SIMD2(-4, 0)
    }
    // A copy does not begin with a window: neighbours are taken together.
    return raw.indices.map { index in
      func near(_ offset: Int) -> SIMD2<Float> { raw[min(max(0, index + offset), raw.count - 1)] }
      return (near(-2) + near(2) + (near(-1) + near(1)) * 2 + raw[index] * 3) / 9
    }
  }

  private mutating func find(
    _ features: [SIMD2<Float>], _ before: [Int32], stretch: Int
  ) {
    let total = features.count
    guard total > Self.lagMin + stretch else { return }
    for lag in Self.lagMin..<min(Self.lagMax, total - stretch) {
      let found = Self.run(features, before, lag, stretch)
      guard found > count, Double(found) >= 0.6 * Double(lag) else { continue }
      (count, self.lag) = (found, lag)
    }
  }

  /// How much speech is in the longest row of windows that are like those `lag` later.
  private static func run(
    _ features: [SIMD2<Float>], _ before: [Int32], _ lag: Int, _ stretch: Int
  ) -> Int {
    let overlap = features.count - lag
    let limit = alike * Float(stretch)
    return features.withUnsafeBufferPointer { features in
      func difference(_ index: Int) -> Float {
        let (one, other) = (features[index], features[index &+ lag])
        // One window that differs much is no more than one that differs.
        return min(abs(one.x - other.x) + abs(one.y - other.y), 2)
      }
      var sum: Float = 0
      var start: Int?
      var longest: Int32 = 0
      for index in 0..<overlap {
        sum += difference(index)
        guard index >= stretch - 1 else { continue }
        if index >= stretch { sum -= difference(index &- stretch) }
        if sum <= limit {
          let first = start ?? index - stretch + 1
          start = first
          longest = max(longest, before[index + 1] - before[first])
        } else {
          start = nil
        }
      }
      return Int(longest)
    }
  }
}
