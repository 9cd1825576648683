import CSMCore

/// Whether a clip and its words will do for a voice.
///
/// The figures are what users of CSM found: a clip of 6 to 12 s in a natural pace serves best, and its
/// words must be exactly those spoken in it.
package struct ClipCheck: Sendable, Equatable {
  /// The rate at which CSM hears and speaks.
  package static let rate = 24_000
  package static let lengths = 3_000...30_000
  package static let goodLengths = 5_000...15_000
  package static let charactersPerSecond = 8.0...22.0

  /// What its samples show; nil without one.
  package let measure: AudioMeasure?
  /// Playing time.
  package let milliseconds: Int
  /// Characters of the transcript.
  package let characters: Int
  /// Why it will not do; empty when it will.
  package private(set) var faults: [String] = []
  /// What may make it a bad voice.
  package private(set) var warnings: [String] = []

  /// - Parameters:
  ///   - sound: the clip.
  ///   - transcript: its words.
  package init(_ sound: Sound, transcript: String) {
    measure = sound.measure
    milliseconds = sound.milliseconds
    characters = transcript.unicodeScalars.count
    judgeLength()
    judgeSound()
    judgeWords(transcript)
  }

  /// Characters of the transcript a second.
  package var pace: Double { Double(characters) * 1000 / Double(max(1, milliseconds)) }

  /// The mean level of what is not silence, in decibels of full scale; nil where all is silence.
  package var level: Double? {
    guard let measure, !measure.isInaudible else { return nil }
    return measure.soundLevel(milliseconds: milliseconds)
  }

  /// Whether words and clip may belong together.
  package var isPlausible: Bool { Self.charactersPerSecond.contains(pace) }

  /// The room that the voice takes in every request.
  package var positions: Int {
    Positions.clip(milliseconds: milliseconds, characters: characters)
  }

  private mutating func judgeLength() {
    let length = milliseconds
    if !Self.lengths.contains(length) {
      // What is longer may have been cut off there.
      let isShort = length < Self.lengths.lowerBound
      faults.append(
        (isShort ? "\(Self.seconds(length)) is too short" : "more than 30 s is too long")
          + ": give a clip of 3 to 30 s, best 6 to 12 s")
    } else if !Self.goodLengths.contains(length) {
      warnings.append("clips of 6 to 12 s serve best; this one has \(Self.seconds(length))")
    }
  }

  private mutating func judgeSound() {
    guard let measure, !measure.isInaudible else {
      faults.append("the clip is nearly silent: record it louder")
      return
    }
    if measure.soundLevel(milliseconds: milliseconds) < -33 {
      warnings.append("it is quiet: about -20 dBFS serves best")
    }
    if measure.isClipped {
      warnings.append("it is clipped: it was recorded too loud, and its voice will sound rough")
    }
    if measure.leadMilliseconds > 800 || measure.tailMilliseconds > 800 {
      warnings.append(
        "there is silence at its \(measure.leadMilliseconds > 800 ? "beginning" : "end"): cut it away, or "
          + "lines will pause there too")
    }
    if measure.pauseMilliseconds > 1500 {
      warnings.append("there is a silence of \(Self.seconds(measure.pauseMilliseconds)) in it")
    }
  }

  private mutating func judgeWords(_ transcript: String) {
    guard transcript.contains(where: { $0.isLetter || $0.isNumber }) else {
      faults.append("the transcript has no words: give those spoken in the clip, exactly")
      return
    }
    guard !isPlausible else { return }
    let fast = pace > Self.charactersPerSecond.upperBound
    warnings.append(
      "words and clip hardly belong together: that is \(fast ? "faster" : "slower") than anybody "
        + "speaks; the transcript must hold exactly the words of the clip")
  }

  /// `2.9 s`.
  private static func seconds(_ milliseconds: Int) -> String {
    let tenths = (milliseconds + 50) / 100
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
