import CSMCore

/// Checks whether a clip and its words are suitable for a voice.
///
/// The limits reflect the experience of CSM's users: a clip of 6 to 12 s at a natural pace works best, and the
/// transcript must be exact.
package struct ClipCheck: Sendable, Equatable {
  /// CSM's sample rate, for input and output.
  package static let rate = 24_000
  package static let lengths = 3_000...30_000
  package static let goodLengths = 5_000...15_000
  package static let charactersPerSecond = 8.0...22.0

  /// Nil if the clip has no samples.
  package let measure: AudioMeasure?
  /// The duration of the clip.
  package let milliseconds: Int
  /// The length of the transcript.
  package let characters: Int
  /// Why the clip cannot be used; empty if it can.
  package private(set) var faults: [String] = []
  /// What may make the voice worse.
  package private(set) var warnings: [String] = []

  package init(_ sound: Sound, transcript: String) {
    measure = sound.measure
    milliseconds = sound.milliseconds
    characters = transcript.unicodeScalars.count
    checkLength()
    checkSound()
    checkWords(transcript)
  }

  /// In characters per second.
  package var pace: Double { Double(characters) * 1000 / Double(max(1, milliseconds)) }

  /// The mean level of everything but silence, in dBFS; nil if all of it is silence.
  package var level: Double? {
    guard let measure, !measure.isInaudible else { return nil }
    return measure.soundLevel(milliseconds: milliseconds)
  }

  /// Whether the words match the length of the clip.
  package var isPlausible: Bool { Self.charactersPerSecond.contains(pace) }

  /// How many positions the voice uses in every request.
  package var positions: Int {
    Positions.clip(milliseconds: milliseconds, characters: characters)
  }

  private mutating func checkLength() {
    let shown = Figures.seconds(milliseconds: milliseconds)
    if !Self.lengths.contains(milliseconds) {
      // Reading may have stopped after 31 s, so the real length is unknown.
      let isShort = milliseconds < Self.lengths.lowerBound
      faults.append(
        (isShort ? "\(shown) is too short" : "more than 30 s is too long")
          + ": use a clip of 3 to 30 s, ideally 6 to 12 s")
    } else if !Self.goodLengths.contains(milliseconds) {
      warnings.append("clips of 6 to 12 s work best; this one lasts \(shown)")
    }
  }

  private mutating func checkSound() {
    guard let measure, !measure.isInaudible else {
      faults.append("the clip is nearly silent: record it louder")
      return
    }
    if measure.soundLevel(milliseconds: milliseconds) < -33 {
      warnings.append("the clip is quiet: about -20 dBFS works best")
    }
    if measure.isClipped {
      warnings.append(
        "the clip is clipped: it was recorded too loud, so the voice will sound rough")
    }
    if measure.leadMilliseconds > 800 || measure.tailMilliseconds > 800 {
      warnings.append(
        "the clip has silence at its \(measure.leadMilliseconds > 800 ? "beginning" : "end"): remove it, or "
          + "lines will pause there too")
    }
    if measure.pauseMilliseconds > 1500 {
      let pause = Figures.seconds(milliseconds: measure.pauseMilliseconds)
      warnings.append("the clip has a pause of \(pause)")
    }
  }

  private mutating func checkWords(_ transcript: String) {
    guard transcript.contains(where: { $0.isLetter || $0.isNumber }) else {
      faults.append("the transcript has no words: write exactly what is spoken in the clip")
      return
    }
    guard !isPlausible else { return }
    let fast = pace > Self.charactersPerSecond.upperBound
    warnings.append(
      "the transcript does not seem to match the clip: that would be "
        + "\(fast ? "faster" : "slower") than anybody speaks; the transcript must be exactly what is "
        + "spoken in the clip")
  }
}
