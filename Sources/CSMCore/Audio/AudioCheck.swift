/// Something about a recording that a person should know of.
///
/// A check is judged when it is asked for, from figures that are kept, so that other limits need no other
/// recording. `AudioLimits` has the thresholds, each with where it comes from.
package enum AudioCheck: String, Sendable, CaseIterable {
  /// There is nothing to be heard, or next to nothing.
  case silent
  /// A noise, a hum, a tone: what is heard never moves as speech does.
  case noSpeech = "no-speech"
  case tooShort = "too-short"
  case tooLong = "too-long"
  /// As long as several other texts of the batch, and nothing is longer: it was cut off there.
  case capped
  /// The same sounds once more.
  case again = "repeat"
  /// Silence before, within, and after.
  case lead, gap, tail
  /// A noise in place of the silence after.
  case noiseTail = "noise-tail"
  /// It ends in the middle of a sound.
  case cut
  case clip
  /// Its mean is not 0: it clicks where it begins and ends.
  case offset = "dc"
  /// Other words have the very same samples.
  case duplicate = "dup-audio"
  /// It was made behind words of an earlier turn that are not there any more.
  case stale
  /// Nobody has looked: its samples are of a kind that csmd does not read, or it is older than the figures.
  case notMeasured = "not-measured"

  /// How bad it is.
  package enum Severity: String, Sendable, CaseIterable {
    /// Surely unusable.
    case bad
    /// To be listened to.
    case odd
  }

  package var severity: Severity {
    switch self {
    case .silent, .noSpeech, .tooShort, .tooLong, .capped, .again, .gap, .noiseTail: .bad
    case .lead, .tail, .cut, .clip, .offset, .duplicate, .stale, .notMeasured: .odd
    }
  }
}

/// A check that struck, with the figure that made it.
package struct AudioMark: Sendable, Equatable {
  package let check: AudioCheck
  /// In the unit that the check has: seconds, decibels, a share; nil where there is none.
  package let figure: Double?

  package init(_ check: AudioCheck, _ figure: Double? = nil) {
    self.check = check
    self.figure = figure
  }
}

extension AudioMark {
  /// What marks can be asked for by: the checks, and how bad they are.
  package static let names =
    AudioCheck.allCases.map(\.rawValue) + AudioCheck.Severity.allCases.map(\.rawValue)

  package func isNamed(oneOf names: Set<String>) -> Bool {
    names.contains(check.rawValue) || names.contains(check.severity.rawValue)
  }
}

/// What is known of a recording besides its own samples.
package struct AudioContext: Sendable {
  /// The words that are spoken.
  package var text: String
  package var turns = 1
  /// The playing time that its file tells; nil where it does not.
  package var milliseconds: Int?
  /// Other words have the very same samples.
  package var isDuplicate = false
  /// A turn that it heard was given other words since, or is gone.
  package var isStale = false
  /// How its voice speaks elsewhere in the batch.
  package var pace = VoicePace.usual
  /// The length at which recordings of its batch are cut off; nil for none.
  package var capMilliseconds: Int?

  package init(text: String) { self.text = text }
}

extension AudioMark {
  /// What is remarkable about a recording.
  ///
  /// - Parameter measure: its figures; nil where it was not measured.
  package static func all(_ measure: AudioMeasure?, _ context: AudioContext) -> [AudioMark] {
    var marks = measure.map { heard($0, turns: context.turns) } ?? [AudioMark(.notMeasured)]
    let isEmpty = marks.contains { $0.check == .silent || $0.check == .noSpeech }
    // What is no speech has no pace.
    if !isEmpty { marks += lengths(measure, context) }
    if let cap = context.capMilliseconds, context.milliseconds == cap {
      marks.append(AudioMark(.capped, Double(cap) / 1000))
    }
    if context.isDuplicate { marks.append(AudioMark(.duplicate)) }
    if context.isStale { marks.append(AudioMark(.stale)) }
    return marks
  }

  /// What its samples alone show.
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

  /// Whether it is as long as its words take, and no part of it comes twice.
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
  /// How far the level moves, in decibels.
  package var dynamics: Double { speechLevel - floorLevel }

  /// The time from the first sound to the last, without what has a mark of its own: a gap, or a
  /// noise at the end.
  ///
  /// Nil without any sound.
  package var spokenMilliseconds: Int? {
    guard soundMilliseconds > 0 else { return nil }
    let gap = pauseMilliseconds > AudioLimits.gapMilliseconds ? pauseMilliseconds : 0
    return max(0, spanMilliseconds - gap - (hasNoiseTail ? evenTailMilliseconds : 0))
  }

  /// Whether a noise follows the speech that is no silence.
  var hasNoiseTail: Bool {
    tailMilliseconds <= AudioLimits.tailMilliseconds
      && evenTailMilliseconds > AudioLimits.noiseTailMilliseconds
      && evenTailLevel > AudioLimits.noiseTailLevel
  }

  /// The mean level of what is not silence, in decibels of full scale.
  package func soundLevel(milliseconds: Int) -> Double {
    let share = Double(soundMilliseconds) / Double(max(1, milliseconds))
    return Double(Decibels.of(level * level / max(share, 1e-6)))
  }

  /// Whether its peaks are cut off.
  ///
  /// A pure tone is near its peak for a ninth of the time, speech hardly ever.
  package var isClipped: Bool { clipped > (isEven ? 0.2 : AudioLimits.clipped) }

  /// Whether there is nothing to be heard but a click.
  package var isInaudible: Bool {
    speechLevel <= AudioLimits.silentLevel || soundMilliseconds < AudioLimits.soundMilliseconds
  }

  /// The same, or no more than a hiss.
  var isSilent: Bool {
    isInaudible || isEven && speechLevel <= AudioLimits.hissLevel
  }

  /// Whether what is heard stays as it is.
  package var isEven: Bool {
    dynamics < AudioLimits.dynamics || timbreRange < AudioLimits.timbreRange
  }
}
