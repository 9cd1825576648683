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

/// A check that applies to a recording, with the measured figure.
package struct AudioMark: Sendable, Equatable {
  package let check: AudioCheck
  /// In the unit of the check: seconds, decibels or a share; nil for checks without a figure.
  package let figure: Double?

  package init(_ check: AudioCheck, _ figure: Double? = nil) {
    self.check = check
    self.figure = figure
  }
}

extension AudioMark {
  /// All names that select marks: the checks and the severities.
  package static let names =
    AudioCheck.allCases.map(\.rawValue) + AudioCheck.Severity.allCases.map(\.rawValue)

  package func isNamed(oneOf names: Set<String>) -> Bool {
    names.contains(check.rawValue) || names.contains(check.severity.rawValue)
  }
}

/// What is known about a recording besides its samples.
package struct AudioContext: Sendable {
  /// The words sent.
  package var text: String
  package var turns = 1
  /// The playing time according to the file; nil when the format does not say.
  package var milliseconds: Int?
  /// Whether a recording of other words has exactly the same samples.
  package var isDuplicate = false
  /// Whether a turn it had as context has since changed or gone.
  package var isStale = false
  /// The verdict of the user's own judge; nil without one.
  package var verdict: Verdict?
  /// The pace of its voice in the batch.
  package var pace = VoicePace.usual
  /// The length at which recordings of its batch are cut off; nil if they are not.
  package var capMilliseconds: Int?

  package init(text: String) { self.text = text }
}

extension AudioMark {
  /// All marks of a recording.
  ///
  /// - Parameter measure: its measurements; nil if it has none.
  package static func all(_ measure: AudioMeasure?, _ context: AudioContext) -> [AudioMark] {
    var marks = measure.map { heard($0, turns: context.turns) } ?? [AudioMark(.notMeasured)]
    let isEmpty = marks.contains { $0.check == .silent || $0.check == .noSpeech }
    // Without speech there is no pace to judge.
    if !isEmpty { marks += lengths(measure, context) }
    if let cap = context.capMilliseconds, context.milliseconds == cap {
      marks.append(AudioMark(.capped, Double(cap) / 1000))
    }
    if context.isDuplicate { marks.append(AudioMark(.duplicate)) }
    if context.isStale { marks.append(AudioMark(.stale)) }
    switch context.verdict?.grade {
    case .bad: marks.append(AudioMark(.judgedBad, context.verdict?.score))
    case .odd: marks.append(AudioMark(.judgedOdd, context.verdict?.score))
    case .good, nil: break
    }
    return marks
  }

  /// The marks that follow from the samples alone.
  static func heard(_ measure: AudioMeasure, turns: Int) -> [AudioMark] {
    if measure.isSilent { return [AudioMark(.silent, measure.speechLevel)] }
    if measure.isEven { return [AudioMark(.noSpeech, measure.dynamics)] }
    var marks: [AudioMark] = []
    func mark(_ check: AudioCheck, _ figure: Double, if strikes: Bool) {
      if strikes { marks.append(AudioMark(check, figure)) }
    }
    func silence(_ check: AudioCheck, _ milliseconds: Int, _ limit: Int) {
      mark(check, Double(milliseconds) / 1000, if: milliseconds > limit)
    }
    silence(.lead, measure.leadMilliseconds, AudioLimits.leadMilliseconds)
    silence(
      .gap, measure.pauseMilliseconds,
      turns > 1 ? AudioLimits.turnGapMilliseconds : AudioLimits.gapMilliseconds)
    silence(.tail, measure.tailMilliseconds, AudioLimits.tailMilliseconds)
    mark(.noiseTail, Double(measure.evenTailMilliseconds) / 1000, if: measure.hasNoiseTail)
    mark(.cut, measure.endLevel, if: measure.endLevel > AudioLimits.endLevel)
    mark(.clip, measure.clipped, if: measure.isClipped)
    mark(.offset, measure.offset, if: measure.offset.magnitude > AudioLimits.offset)
    return marks
  }

  /// The marks for a length that does not match the words.
  private static func lengths(_ measure: AudioMeasure?, _ context: AudioContext) -> [AudioMark] {
    guard let length = measure?.spokenMilliseconds ?? context.milliseconds else { return [] }
    let seconds = Double(length) / 1000
    let words = SpokenLength(context.text)
    let pace = context.pace
    var marks: [AudioMark] = []
    if words.least >= AudioLimits.shortTextMin, seconds < pace.shortest(words) {
      marks.append(AudioMark(.tooShort, seconds))
    } else if seconds > pace.longest(words) {
      marks.append(AudioMark(.tooLong, seconds))
    }
    if let measure, measure.repeatMilliseconds >= AudioLimits.repeatMilliseconds,
      seconds > AudioLimits.repeatRatio * pace.seconds(words.most)
    {
      marks.append(AudioMark(.again, Double(measure.repeatMilliseconds) / 1000))
    }
    return marks
  }
}

extension AudioMeasure {
  /// The range of the level, in decibels.
  package var dynamics: Double { speechLevel - floorLevel }

  /// The milliseconds from the first sound to the last, less what has a mark of its own (a gap, or
  /// noise at the end); nil without any sound.
  package var spokenMilliseconds: Int? {
    guard soundMilliseconds > 0 else { return nil }
    let gap = pauseMilliseconds > AudioLimits.gapMilliseconds ? pauseMilliseconds : 0
    return max(0, spanMilliseconds - gap - (hasNoiseTail ? evenTailMilliseconds : 0))
  }

  /// Whether audible noise follows the speech.
  var hasNoiseTail: Bool {
    tailMilliseconds <= AudioLimits.tailMilliseconds
      && evenTailMilliseconds > AudioLimits.noiseTailMilliseconds
      && evenTailLevel > AudioLimits.noiseTailLevel
  }

  /// The mean level of everything but silence, in decibels of full scale.
  package func soundLevel(milliseconds: Int) -> Double {
    let share = Double(soundMilliseconds) / Double(max(1, milliseconds))
    return Double(Decibels.of(level * level / max(share, 1e-6)))
  }

  /// Whether its peaks are clipped.
  ///
  /// A pure tone spends a ninth of the time near its peak; speech hardly any.
  package var isClipped: Bool { clipped > (isEven ? 0.2 : AudioLimits.clipped) }

  /// Whether nothing can be heard, or only a click.
  package var isInaudible: Bool {
    speechLevel <= AudioLimits.silentLevel || soundMilliseconds < AudioLimits.soundMilliseconds
  }

  /// Whether it is inaudible or only a hiss.
  var isSilent: Bool {
    isInaudible || isEven && speechLevel <= AudioLimits.hissLevel
  }

  /// Whether neither level nor timbre varies the way speech does.
  package var isEven: Bool {
    dynamics < AudioLimits.dynamics || timbreRange < AudioLimits.timbreRange
  }
}
