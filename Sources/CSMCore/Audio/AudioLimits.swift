/// The thresholds of the checks and their sources.
///
/// "Clean" refers to 562 flawless clips of `Tests/ear`, excluding the held-out ones (espeak-ng,
/// flite, one recorded person; a third with noise 30 dB below the speech); "planted" to clips with
/// a planted fault.
package enum AudioLimits {
  /// The highest speech level of a silent recording, in decibels of full scale.
  ///
  /// Castwright treats a root mean square of 0.003 (−50 dB) as silent; speech peaks 4 to 8 dB above
  /// its own. Clean from −25, planted up to −50.
  static let silentLevel = -46.0
  /// Even noise up to this level, in decibels of full scale, is the hiss of a recording without a
  /// speaker.
  static let hissLevel = -33.0
  /// The shortest word, in milliseconds; anything shorter is a click.
  static let soundMilliseconds = 100
  /// The least decibels between the loudest twentieth of the windows and the quietest tenth.
  ///
  /// Clean from 24; noise, hum and tones up to 6 (Audicle calls this a flat envelope).
  static let dynamics = 8.0
  /// The least decibels of brightness between a dull sound and a bright one.
  ///
  /// Clean from 6.7, planted up to 2.1. It catches noise that is switched on and off, which has
  /// dynamics.
  static let timbreRange = 3.5
  /// The same as for the tail; clean up to 0.4 s.
  static let leadMilliseconds = 1000
  /// Castwright's limit for silence within speech.
  ///
  /// Clean up to 0.4 s.
  static let gapMilliseconds = 1500
  /// Higher between turns, where people breathe.
  static let turnGapMilliseconds = 2500
  /// From this length on, users trim by hand.
  ///
  /// Clean up to 0.4 s.
  static let tailMilliseconds = 1000
  /// The longest time that speech stays within 6 dB.
  ///
  /// Clean up to 0.4 s.
  static let noiseTailMilliseconds = 1000
  /// Decibels relative to the speech; quieter noise goes unnoticed.
  static let noiseTailLevel = -45.0
  /// The highest level of the last 10 ms of audio that has faded out, in decibels relative to the
  /// speech.
  ///
  /// Clean up to −27; half of the cut clips above −8.
  static let endLevel = -16.0
  /// The share of samples within 1.5 % of the highest and the lowest.
  ///
  /// Clean up to 0.0007, planted from 0.06.
  static let clipped = 0.003
  /// The largest mean of the samples, as a share of full scale.
  ///
  /// Clean up to 0.007; from 0.02 on, the start clicks.
  static let offset = 0.02
  /// The least letters for a too-short check, since a single word may take hardly any time.
  static let shortTextMin = 8.0
  /// Clean up to 0.9 s, in texts that say digits or words twice.
  static let repeatMilliseconds = 1000
  /// How much longer than its words an unwanted repetition is; a refrain is in the words.
  static let repeatRatio = 1.25
}
