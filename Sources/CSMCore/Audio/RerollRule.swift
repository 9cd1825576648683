/// When csmd speaks a line again by itself, and what it asks for then.
package enum RerollRule {
  /// What the line has come to so far.
  package struct Takes: Sendable {
    /// What is remarkable about the take that the line is.
    package var marks: [AudioMark]
    /// Takes that csmd added before, and how many it may.
    package var rerolls: Int
    package var rerollsMax: Int
    /// Some take has not ended yet.
    package var hasOpen = false
    /// A person chose the take that the line is.
    package var isPinned = false
    /// fal gave the very bytes of an earlier take.
    package var isCached = false

    package init(marks: [AudioMark], rerolls: Int, rerollsMax: Int) {
      self.marks = marks
      self.rerolls = rerolls
      self.rerollsMax = rerollsMax
    }

    /// Whether another take is due.
    package var wantAnother: Bool {
      marks.contains { $0.check.severity == .bad } && rerolls < rerollsMax && !hasOpen && !isPinned
    }
  }

  /// How many takes may be added to a line.
  package static let range = 0...10

  /// What is asked for in the next take: the same, unless it is the last that may be, or the same would only
  /// bring what there is.
  package static func request(for request: SpeechRequest, after takes: Takes) -> SpeechRequest {
    guard takes.isCached || takes.rerolls + 1 >= takes.rerollsMax else { return request }
    return request.eased(after: takes.marks)
  }

  /// The first lines of a batch show whether something is wrong with all of it.
  package static let sampleSize = 50
  /// Of these, a tenth.
  private static let sampleBadMax = 5

  /// The check that more than a tenth of a batch's first lines have: it is the voice, the text or the check,
  /// and another take would have it, too; nil for none.
  ///
  /// - Parameter sample: what is remarkable about each of these lines.
  package static func commonCheck(in sample: [[AudioMark]]) -> AudioCheck? {
    AudioCheck.allCases.first { check in
      check.severity == .bad
        && sample.count { $0.contains { $0.check == check } } > sampleBadMax
    }
  }

  /// Jobs that csmd adds go behind all that people added, whose priority is from -1000 to 1000.
  package static let priorityStep = 2001

  /// How long turns wait for another take of a turn before them.
  package static let turnsWait: Duration = .seconds(600)
}
