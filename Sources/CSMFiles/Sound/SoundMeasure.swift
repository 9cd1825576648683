import Glibc

/// What a sound is like, as far as figures tell.
package struct SoundMeasure: Sendable, Equatable {
  /// Playing time.
  package let milliseconds: Int
  /// The mean level of what is not silence, in decibels of full scale; nil where all is silence.
  package let level: Double?
  /// The mean square of all of it, as a part of full scale.
  package let loudness: Double
  /// The part of the samples that stand at full scale.
  package let clipped: Double
  /// Silence before the first sound, and behind the last one.
  package let silenceBefore: Int
  package let silenceAfter: Int
  /// The longest silence between two sounds.
  package let silenceWithin: Int

  /// A frame of the measure, in milliseconds.
  private static let frame = 10
  /// What is quieter is silence, in decibels of full scale.
  package static let silence = -40.0
  private static let fullScale: Float = 0.999

  package init(_ sound: Sound) {
    milliseconds = sound.milliseconds
    let length = max(1, sound.rate * Self.frame / 1000)
    var powers: [Double] = []
    var start = 0
    while start < sound.samples.count {
      let end = min(start + length, sound.samples.count)
      var sum: Float = 0
      for index in start..<end { sum += sound.samples[index] * sound.samples[index] }
      powers.append(Double(sum) / Double(end - start))
      start = end
    }
    let threshold = pow(10, Self.silence / 10)
    let loud = powers.indices.filter { powers[$0] >= threshold }
    level =
      loud.isEmpty
      ? nil : 10 * log10(loud.reduce(0) { $0 + powers[$1] } / Double(loud.count))
    loudness = (powers.reduce(0, +) / Double(max(1, powers.count))).squareRoot()
    let full = sound.samples.count { abs($0) >= Self.fullScale }
    clipped = Double(full) / Double(max(1, sound.samples.count))
    silenceBefore = (loud.first ?? powers.count) * Self.frame
    silenceAfter = (powers.count - 1 - (loud.last ?? powers.count - 1)) * Self.frame
    let gaps = zip(loud, loud.dropFirst()).map { $1 - $0 - 1 }
    silenceWithin = (gaps.max() ?? 0) * Self.frame
  }
}
