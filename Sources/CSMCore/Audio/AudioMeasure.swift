/// The measurements of a recording, from one pass over its samples.
///
/// All checks use only these, so a new threshold does not need the audio again. Levels are in
/// decibels, after the mean of all samples is subtracted.
package struct AudioMeasure: Sendable, Hashable {
  /// The root mean square of all samples, as a share of full scale (not in decibels).
  package var level: Double
  /// The mean of all samples; 0 in a flawless recording.
  package var offset: Double
  /// The level of the speech: what the loudest twentieth of the windows reaches, of full scale.
  package var speechLevel: Double
  /// The level of the pauses: what the quietest tenth of the windows stays below, of full scale.
  package var floorLevel: Double
  /// The distance between dull and bright windows of sound, in decibels of brightness.
  package var timbreRange: Double
  /// The total time with sound.
  package var soundMilliseconds: Int
  /// The time from the first sound to the last.
  package var spanMilliseconds: Int
  /// The silence before the first sound, the longest one between sounds, and the one after the last.
  package var leadMilliseconds: Int
  package var pauseMilliseconds: Int
  package var tailMilliseconds: Int
  /// How long the even noise at the end lasts, and its level relative to the speech.
  package var evenTailMilliseconds: Int
  package var evenTailLevel: Double
  /// The share of samples near the recording's own extremes, from 0 to 1.
  package var clipped: Double
  /// The level of the last 10 ms relative to the speech.
  package var endLevel: Double
  /// The longest stretch of sound that occurs again, and how much later.
  package var repeatMilliseconds: Int
  package var repeatAfterMilliseconds: Int
  /// Equal for equal samples, whatever else their files hold.
  package var fingerprint: UInt64

  package init(
    level: Double,
    offset: Double = 0,
    speechLevel: Double,
    floorLevel: Double,
    timbreRange: Double,
    soundMilliseconds: Int,
    spanMilliseconds: Int,
    leadMilliseconds: Int = 0,
    pauseMilliseconds: Int = 0,
    tailMilliseconds: Int = 0,
    evenTailMilliseconds: Int = 0,
    evenTailLevel: Double = 0,
    clipped: Double = 0,
    endLevel: Double = -60,
    repeatMilliseconds: Int = 0,
    repeatAfterMilliseconds: Int = 0,
    fingerprint: UInt64 = 0
  ) {
    self.level = level
    self.offset = offset
    self.speechLevel = speechLevel
    self.floorLevel = floorLevel
    self.timbreRange = timbreRange
    self.soundMilliseconds = soundMilliseconds
    self.spanMilliseconds = spanMilliseconds
    self.leadMilliseconds = leadMilliseconds
    self.pauseMilliseconds = pauseMilliseconds
    self.tailMilliseconds = tailMilliseconds
    self.evenTailMilliseconds = evenTailMilliseconds
    self.evenTailLevel = evenTailLevel
    self.clipped = clipped
    self.endLevel = endLevel
    self.repeatMilliseconds = repeatMilliseconds
    self.repeatAfterMilliseconds = repeatAfterMilliseconds
    self.fingerprint = fingerprint
  }
}

extension AudioMeasure {
  /// - Returns: nil without samples.
  init?(_ envelope: Envelope, fingerprint: UInt64) {
    let windows = envelope.windows
    let count = windows.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    let mean = windows.reduce(0) { $0 + $1.sum } / Double(count)
    let energy = windows.reduce(0) { $0 + $1.squares } / Double(count) - mean * mean
    let levels = windows.map { Decibels.of($0.energy(without: mean)) }
    let sorted = levels.sorted()
    let stretches = Stretches(levels, sorted: sorted)
    let timbre = Timbre(envelope, mean: mean, sounds: stretches.isSound)
    let even = EvenTail(levels)
    let again = Repetition(levels: levels, timbre: timbre.values, isSound: stretches.isSound)
    func time(_ windows: Int) -> Int { Int((Double(windows) * envelope.milliseconds).rounded()) }
    let speech = Double(stretches.speechLevel)
    self.init(
      level: max(0, energy).squareRoot(), offset: mean, speechLevel: speech,
      floorLevel: Double(sorted.share(0.1)), timbreRange: Double(timbre.range),
      soundMilliseconds: time(stretches.sound),
      spanMilliseconds: time(levels.count - stretches.lead - stretches.tail),
      leadMilliseconds: time(stretches.lead),
      pauseMilliseconds: time(stretches.pause), tailMilliseconds: time(stretches.tail),
      evenTailMilliseconds: time(even.count), evenTailLevel: Double(even.level) - speech,
      clipped: envelope.clippedShare,
      endLevel: Double(Decibels.of(envelope.ending?.energy(without: mean) ?? 0)) - speech,
      repeatMilliseconds: time(again.count), repeatAfterMilliseconds: time(again.lag),
      fingerprint: fingerprint)
  }
}

extension Envelope {
  /// The share of samples near the highest or the lowest of all.
  fileprivate var clippedShare: Double {
    var all = Window()
    for window in windows { all.add(window) }
    // A constant level is not clipping.
    guard all.highest > all.lowest else { return 0 }
    return Double(all.nearHighest + all.nearLowest) / Double(max(1, all.count))
  }
}

extension [Float] {
  /// The quantile at `share`; the array is sorted and not empty.
  func share(_ share: Double) -> Float {
    self[Swift.min(count - 1, Int(Double(count) * share))]
  }
}
