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
