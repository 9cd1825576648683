/// The thresholds of the checks, and where each comes from.
///
/// "Clean" are 562 sound clips of `Tests/ear`, all but those held out (espeak-ng, flite, one recorded
/// person; a third with noise 30 dB below the speech), "planted" those that a fault was put into.
package enum AudioLimits {
  /// The loudest twentieth of a silent recording, in decibels of full scale.
  ///
  /// Castwright takes a root mean square of 0.003, −50 dB, for silent; speech reaches 4 to 8 dB
  /// above its own. Clean from −25, planted up to −50.
  static let silentLevel = -46.0
  /// An even noise up to here is what is left of a recorder without a speaker, and no speech gone
  /// wrong.
  static let hissLevel = -33.0
  /// No word is as short; a click is.
  static let soundMilliseconds = 100
  /// Decibels from the loudest twentieth of the windows to the quietest tenth.
  ///
  /// Clean from 24, noise, hum and tones up to 6 (Audicle calls it a flat envelope).
  static let dynamics = 8.0
  /// Decibels of brightness from a dull sound to a bright one.
  ///
  /// Clean from 6.7, planted up to 2.1: it tells what is switched on and off, and so has dynamics.
  static let timbreRange = 3.5
  /// As long as a tail: clean up to 0.4 s.
  static let leadMilliseconds = 1000
  /// Castwright's: silence within of more than 1.5 s.
  ///
  /// Clean up to 0.4 s.
  static let gapMilliseconds = 1500
  /// Between turns people breathe.
  static let turnGapMilliseconds = 2500
  /// What users trim by hand.
  ///
  /// Clean up to 0.4 s.
  static let tailMilliseconds = 1000
  /// Within 6 dB for so long is no speech.
  ///
  /// Clean up to 0.4 s.
  static let noiseTailMilliseconds = 1000
  /// Beside the speech: below it nobody hears the noise for what it is.
  static let noiseTailLevel = -45.0
  /// The last 10 ms beside the speech: it has not faded.
  ///
  /// Clean up to −27, half of what was cut above −8.
  static let endLevel = -16.0
  /// The share of samples within 1.5 % of the highest and the lowest.
  ///
  /// Clean up to 0.0007, planted from 0.06.
  static let clipped = 0.003
  /// Of full scale.
  ///
  /// Clean up to 0.007; from 0.02 on the beginning clicks.
  static let offset = 0.02
  /// Letters: a word alone may be spoken in no time.
  static let shortTextMin = 8.0
  /// Clean up to 0.9 s, where digits or words are said twice.
  static let repeatMilliseconds = 1000
  /// What is said twice takes longer than its words, and a refrain does not.
  static let repeatRatio = 1.25
}
