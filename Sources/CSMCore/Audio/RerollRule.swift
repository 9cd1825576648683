/// Decides when csmd speaks a line again by itself, and with what request.
package enum RerollRule {
  /// The takes of a line so far.
  package struct Takes: Sendable {
    /// The marks of the take currently shown.
    package var marks: [AudioMark]
    /// How many takes csmd has added, and how many it may add.
    package var rerolls: Int
    package var rerollsMax: Int
    /// Whether some take has not ended yet.
    package var hasOpen = false
    /// Whether a person chose the take currently shown.
    package var isPinned = false
    /// Whether an added take was cancelled, but not for want of money.
    package var isDeclined = false
    /// Whether fal returned the exact bytes of an earlier take.
    package var isCached = false

    package init(marks: [AudioMark], rerolls: Int, rerollsMax: Int) {
      self.marks = marks
      self.rerolls = rerolls
      self.rerollsMax = rerollsMax
    }

    /// Whether another take is due.
    package var wantAnother: Bool {
      marks.contains { $0.check.severity == .bad } && rerolls < rerollsMax && !hasOpen && !isPinned
        && !isDeclined
    }
  }

  /// The values allowed for the number of added takes.
  package static let range = 0...10

  /// The request of the next take: the same, or an eased one for the last allowed take and where
  /// fal would only return cached audio.
  package static func request(for request: SpeechRequest, after takes: Takes) -> SpeechRequest {
    guard takes.isCached || takes.rerolls + 1 >= takes.rerollsMax else { return request }
    return request.eased(after: takes.marks)
  }

  /// The number of first lines that show whether something is wrong with the whole batch.
  package static let sampleSize = 50
  /// A tenth of `sampleSize`.
  private static let sampleBadMax = 5

  /// The bad check that more than a tenth of a batch's first lines have; nil if there is none.
  ///
  /// Then the voice, the text or the check itself is to blame, and another take would not help.
  ///
  /// - Parameter sample: the marks of each of these lines.
  package static func commonCheck(in sample: [[AudioMark]]) -> AudioCheck? {
    AudioCheck.allCases.first { check in
      check.severity == .bad
        && sample.count { $0.contains { $0.check == check } } > sampleBadMax
    }
  }

  /// Subtracted from the priority of jobs that csmd adds, so they follow all jobs of people, whose
  /// priorities are from -1000 to 1000.
  package static let priorityStep = 2001

  /// How long turns of a chain wait for another take of an earlier turn.
  package static let turnsWait: Duration = .seconds(600)
}
