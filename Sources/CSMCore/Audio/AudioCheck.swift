/// Something about a recording that a person should know.
///
/// Checks are evaluated on demand from stored measurements, so new thresholds apply to old audio.
/// `AudioLimits` holds the thresholds and their sources.
package enum AudioCheck: String, Sendable, CaseIterable {
  /// Nothing, or next to nothing, can be heard.
  case silent
  /// Noise, a hum or a tone: it never varies the way speech does.
  case noSpeech = "no-speech"
  case tooShort = "too-short"
  case tooLong = "too-long"
  /// Cut off at the model's length limit: several different texts of the batch have exactly this
  /// length.
  case capped
  /// A stretch of sound occurs twice.
  case again = "repeat"
  /// Long silence before, within or after the speech.
  case lead, gap, tail
  /// Noise instead of silence at the end.
  case noiseTail = "noise-tail"
  /// It ends in the middle of a sound.
  case cut
  case clip
  /// The mean of its samples is not 0, so it clicks at both ends.
  case offset = "dc"
  /// A recording of other words has exactly the same samples.
  case duplicate = "dup-audio"
  /// It was made with an earlier turn as context, and that turn has since changed or gone.
  case stale
  /// The user's own judge says so.
  case judgedBad = "judged-bad"
  case judgedOdd = "judged-odd"
  /// It has no measurements: csmd cannot read its format, or an older version stored it.
  case notMeasured = "not-measured"

  /// How serious a check is.
  package enum Severity: String, Sendable, CaseIterable {
    /// Certainly unusable.
    case bad
    /// Worth listening to.
    case odd
  }

  package var severity: Severity {
    switch self {
    case .silent, .noSpeech, .tooShort, .tooLong, .capped, .again, .gap, .noiseTail, .judgedBad:
      .bad
    case .lead, .tail, .cut, .clip, .offset, .duplicate, .stale, .judgedOdd,
      .notMeasured:
      .odd
    }
  }
}
