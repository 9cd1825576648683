/// How fast a voice speaks, and how far a recording may deviate from it.
///
/// The pace is learned from the batch, as the median over the voice's recordings, whatever its
/// language and habits.
package struct VoicePace: Sendable, Equatable {
  /// Seconds per letter of `SpokenLength`.
  let secondsPerUnit: Double
  /// Whether there were enough examples for narrow limits.
  package let isLearned: Bool

  /// The average pace of CSM.
  package static let usual = VoicePace(
    secondsPerUnit: 1 / Double(SpeechLimits.charactersPerSecond), isLearned: false)

  /// A flawless recording: how much was said, and how long it took.
  package struct Example: Sendable {
    let words: SpokenLength
    let seconds: Double

    /// - Returns: nil if it is unsuitable: flawed, too short, or readable in several ways.
    package init?(_ text: String, _ measure: AudioMeasure) {
      words = SpokenLength(text)
      guard words.least >= 20, words.most <= 1.3 * words.least,
        AudioMark.heard(measure, turns: 1).isEmpty,
        let length = measure.spokenMilliseconds
      else { return nil }
      seconds = Double(length) / 1000
    }
  }

  /// With two dozen examples, one bad one in ten does not shift the median.
  static let examplesMin = 24
  /// Plausible paces relative to the usual one; outside this range the recordings must be bad.
  private static let factors = 0.5...2.0

  private init(secondsPerUnit: Double, isLearned: Bool) {
    self.secondsPerUnit = secondsPerUnit
    self.isLearned = isLearned
  }

  /// Learns from examples; falls back to the usual pace if they are too few or implausible.
  package init(_ examples: [Example]) {
    self = .usual
    guard examples.count >= Self.examplesMin else { return }
    let paces = examples.map { $0.seconds / (($0.words.least + $0.words.most) / 2 + Self.pause) }
    let median = paces.sorted()[paces.count / 2]
    guard Self.factors.contains(median / Self.usual.secondsPerUnit) else { return }
    self.init(secondsPerUnit: median, isLearned: true)
  }

  /// What start and end take, in letters.
  private static let pause = 3.0

  /// Seconds that this many letters take.
  func seconds(_ units: Double) -> Double { (units + Self.pause) * secondsPerUnit }

  /// Seconds below which a recording is too short for the words.
  ///
  /// 0.62 of the expected length if the pace was learned (clean from 0.8, except for three words
  /// alone), else Castwright's 0.4.
  func shortest(_ words: SpokenLength) -> Double {
    seconds(words.least) * (isLearned ? 0.62 : 0.4)
  }

  /// Seconds above which a recording is too long for the words.
  ///
  /// 1.55 of the expected length if the pace was learned (clean up to 1.35; three words may take
  /// 0.8 s more than expected), else Castwright's 2.5, and at least 3 s.
  func longest(_ words: SpokenLength) -> Double {
    let expected = seconds(words.most)
    return isLearned ? max(1.55 * expected, expected + 0.8) : max(2.5 * expected, 3)
  }
}
