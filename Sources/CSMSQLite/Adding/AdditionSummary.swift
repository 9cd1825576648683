import CSMCore

/// What adding lines came to.
package struct AdditionSummary: Sendable, Equatable {
  /// A line with an id that another line of the file has, too, or whose file would have the name of another line's.
  package struct Conflict: Sendable, Equatable {
    package let number: Int
    package let id: String
    /// The other line's id, where it is not the same.
    package var other: String?
  }

  /// Lines of the batch that came from another file, and have other words than these.
  package struct OtherSource: Sendable, Equatable {
    /// The first one's file and id, and how many there are, of all files.
    package let file: String
    package let first: String
    package let lines: Int
  }

  /// A file of which the batch has no line.
  package struct Strangers: Sendable, Equatable {
    package let named: String
    /// The files of which it has some.
    package let there: [String]
  }

  /// What a person has to agree to.
  package enum Consent: Sendable, Equatable {
    /// Each of these jobs is spoken by another stranger.
    case strangers(Int)
    case cost(Money)
  }

  /// One of the longest lines.
  package struct LongLine: Sendable, Equatable {
    package let id: String
    package let characters: Int
  }

  /// The batch's name.
  package var batch = ""
  /// Digits of the ids that are made from line numbers.
  package var lineWidth = 1
  /// Good lines that were handed over.
  package var lines = 0
  /// New jobs: what will be sent and paid for.
  package var queued = 0
  /// Characters of the new jobs.
  package var characters = 0
  /// What the new jobs cost, each rounded up as when it is set aside.
  package var cost = Money.zero
  /// Lines that stood in the batch before, with the same words.
  package var unchanged = 0
  /// Those of the unchanged that are other files'.
  package var elsewhere = 0
  /// Those of the unchanged whose words a person edited in the batch, which stay.
  package var edited = 0
  /// Those of the changed whose words a person had edited in the batch: the file's stand there again.
  package var reverted = 0
  /// Lines of the batch whose words are others now.
  package var changed = 0
  /// Lines that the batch did not have.
  package var added = 0
  /// Lines whose words a job has already, in this or another batch.
  package var shared = 0
  /// Lines whose audio is in the store already, and what their jobs would cost if it was not.
  package var stored = 0
  package var saved = Money.zero
  /// Lines whose words a person cancelled, could not be spoken, or wait for a person to decide: nothing
  /// tries again by itself.
  package var cancelled = 0
  package var failed = 0
  package var held = 0
  /// Lines of the batch that are gone from the file; nil where that cannot be told.
  package var gone: Int?
  /// Those of them that were taken out of the batch.
  package var pruned = 0
  /// Waiting jobs that go earlier now.
  package var raised = 0
  /// The longest lines that are new or changed, the longest first.
  package var longest: [LongLine] = []
  /// How many takes csmd may add to a line of the batch.
  package var rerolls = 0
  /// The batch's budget; nil for none.
  package var budget: JobTable.BudgetRow?
  /// Lines with the id of another line of the file but other words, or with one that gives the same file
  /// name: not added.
  package var conflicting: [Conflict] = []
  /// Lines of other files that these would change.
  package var otherSource: OtherSource?
  /// Files whose place this one was to take, and of which there is no line.
  package var strangers: Strangers?
  /// Lines that have a voice in the batch and would have none, where that is not wanted.
  package var voiceless = 0
  /// New jobs without a voice, where they are counted.
  package var withoutVoice = 0
  /// What a person has to agree to before anything is added; nil where nothing.
  package var needsConsent: Consent?
  /// Nothing was added: something conflicts and the addition was strict, lines of another file would
  /// change, lines would lose their voices, or a person has to agree first.
  package var isRefused = false

  /// What takes that csmd adds to the new lines may cost, and what they cost where three lines in a hundred
  /// come out badly.
  package var rerollsMax: Money {
    let (cost, isTooMuch) = cost.microDollars.multipliedReportingOverflow(by: Int64(rerolls))
    return Money(microDollars: isTooMuch ? .max : cost)
  }
  package var rerollsLikely: Money {
    Money(microDollars: rerolls == 0 ? 0 : cost.microDollars / 100 * 3)
  }
}
