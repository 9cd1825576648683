/// Finds the longest stretch of a recording that occurs again, by comparing the envelope with
/// itself.
///
/// Words that are properly said twice never match at every fiftieth of a second; a model stuck in a
/// loop does. Both level and brightness are compared, since levels alone match too often.
struct Repetition {
  /// The length of the repeated sound and its distance from the first occurrence, both in windows.
  private(set) var count = 0
  private(set) var lag = 0

  /// The shortest distance to try, in windows: a fifth of a second, a short word.
  private static let lagMin = 10
  /// The longest distance to try, in windows: half a minute.
  ///
  /// The cost is the product of windows and lags.
  private static let lagMax = 1500
  /// Longer recordings are averaged down to at most this many windows.
  private static let windowsMax = 2048
  /// The number of windows over which a difference is averaged: 0.3 s.
  private static let stretch = 15
  /// The largest mean difference between stretches that match.
  private static let alike: Float = 0.6
  /// The least variation of the level around a window of speech, in decibels; even noise always
  /// matches itself.
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
    // The number of speech windows before each window.
    var before: [Int32] = [0]
    for isSpeech in speech { before.append(before[before.count - 1] + (isSpeech ? 1 : 0)) }
    find(features, before, stretch: max(4, Self.stretch / max(1, step)))
    count *= step
    lag *= step
  }

  /// Whether each window is sound with a varying level.
  private static func speech(_ levels: [Float], _ isSound: [Bool]) -> [Bool] {
    levels.indices.map { index in
      guard isSound[index] else { return false }
      let near = levels[max(0, index - 10)..<min(levels.count, index + 11)]
      return (near.max() ?? 0) - (near.min() ?? 0) > lively
    }
  }

  /// Level and brightness of each window, scaled so that an audible difference is 1.
  private static func features(
    _ levels: [Float], _ timbre: [Float], _ isSound: [Bool]
  ) -> [SIMD2<Float>] {
    let loud = zip(levels, isSound).filter(\.1).map(\.0)
    let mean = loud.reduce(0, +) / Float(max(1, loud.count))
    let raw = levels.indices.map { index in
      isSound[index]
        ? SIMD2(max(-20, levels[index] - mean) / 5, timbre[index] / 4) : SIMD2(-4, 0)
    }
    // A repetition need not be aligned with the windows, so neighbours are blended.
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

  /// The number of speech windows in the longest run that matches the windows `lag` later.
  private static func run(
    _ features: [SIMD2<Float>], _ before: [Int32], _ lag: Int, _ stretch: Int
  ) -> Int {
    let overlap = features.count - lag
    let limit = alike * Float(stretch)
    return features.withUnsafeBufferPointer { features in
      func difference(_ index: Int) -> Float {
        let (one, other) = (features[index], features[index &+ lag])
        // A single outlier must not dominate the sum.
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
