/// How fast a voice speaks, and how far from that a recording of it may be.
///
/// It is learned from the batch: the median of what the voice said there, whatever its language and habits.
package struct VoicePace: Sendable, Equatable {
  /// Seconds that a unit of `SpokenLength` takes.
  let secondsPerUnit: Double
  /// Whether enough was heard for narrow limits.
  package let isLearned: Bool

  /// What CSM speaks like on the whole: fourteen characters a second.
  package static let usual = VoicePace(secondsPerUnit: 1 / 14.0, isLearned: false)

  /// A recording with nothing wrong about its samples: what was said, and how long it took.
  package struct Example: Sendable {
    let words: SpokenLength
    let seconds: Double

    /// - Returns: nil where it teaches nothing: it is too short, or can be read in several ways.
    package init?(_ text: String, _ measure: AudioMeasure) {
      words = SpokenLength(text)
      guard words.least >= 20, words.most <= 1.3 * words.least,
        AudioMark.heard(measure, turns: 1).isEmpty,
        let length = measure.spokenMilliseconds
      else { return nil }
      seconds = Double(length) / 1000
    }
  }

  /// Two dozen make a median that a bad one in ten does not move.
  static let examplesMin = 24
  /// A voice is not twice as fast as others, nor half: its recordings are bad then.
  private static let factors = 0.5...2.0

  private init(secondsPerUnit: Double, isLearned: Bool) {
    self.secondsPerUnit = secondsPerUnit
    self.isLearned = isLearned
  }

  /// Learns from examples; the usual pace where they are too few, or make no sense.
  package init(_ examples: [Example]) {
    self = .usual
    guard examples.count >= Self.examplesMin else { return }
    let paces = examples.map { $0.seconds / (($0.words.least + $0.words.most) / 2 + Self.pause) }
    let median = paces.sorted()[paces.count / 2]
    guard Self.factors.contains(median / Self.usual.secondsPerUnit) else { return }
    self.init(secondsPerUnit: median, isLearned: true)
  }

  /// What beginning and ending take, in units.
  private static let pause = 3.0

  /// How long so many units take, in seconds.
  func seconds(_ units: Double) -> Double { (units + Self.pause) * secondsPerUnit }

  /// What takes less is too short for the words.
  ///
  /// Of the expected length, 0.62 where the pace was learned (clean from 0.8, but for three words alone), and
  /// Castwright's 0.4 where it was not.
  func shortest(_ words: SpokenLength) -> Double {
    seconds(words.least) * (isLearned ? 0.62 : 0.4)
  }

  /// What takes more is too long for them.
  ///
  /// Of the expected length, 1.55 where the pace was learned (clean up to 1.35; three words may take 0.8 s more
  /// than expected), and Castwright's 2.5, and 3 s, where it was not.
  func longest(_ words: SpokenLength) -> Double {
    let expected = seconds(words.most)
    return isLearned ? max(1.55 * expected, expected + 0.8) : max(2.5 * expected, 3)
  }
}
