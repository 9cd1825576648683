import CSMCore

/// The result of adding lines.
package struct AdditionSummary: Sendable, Equatable {
  /// A line whose id, or whose file name, another line of the file also has.
  package struct Conflict: Sendable, Equatable {
    package let number: Int
    package let id: String
    /// The other line's id; nil if it is the same.
    package var other: String?
    /// How many lines were made of it: parts and takes.
    package var lines = 1
  }

  /// Lines of the batch that came from another file and would get other words.
  package struct OtherSource: Sendable, Equatable {
    /// File and id of the first such line, and the number of such lines from all files.
    package let file: String
    package let first: String
    package let lines: Int
  }

  /// A file from which the batch has no line.
  package struct Strangers: Sendable, Equatable {
    package let named: String
    /// The files from which it does have lines.
    package let there: [String]
  }

  /// What a person must agree to.
  package enum Consent: Sendable, Equatable {
    /// Each of these jobs would be spoken by a different stranger.
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
  /// Digits in ids made from line numbers.
  package var lineWidth = 1
  /// Valid lines handed over.
  package var lines = 0
  /// New jobs, which will be sent and paid for.
  package var queued = 0
  /// Characters of the new jobs.
  package var characters = 0
  /// The cost of the new jobs, each rounded up as when it is reserved.
  package var cost = Money.zero
  /// Lines already in the batch with the same words.
  package var unchanged = 0
  /// Unchanged lines that came from another file.
  package var elsewhere = 0
  /// Unchanged lines that a person edited in the batch; the edit stays.
  package var edited = 0
  /// Changed lines that a person had edited in the batch; the file's words replace the edit.
  package var reverted = 0
  /// Lines of the batch that get other words.
  package var changed = 0
  /// Lines new to the batch.
  package var added = 0
  /// Lines whose words already have a job, in this or another batch.
  package var shared = 0
  /// Lines whose audio is already in the store, and what speaking them would have cost.
  package var stored = 0
  package var saved = Money.zero
  /// Lines whose words were cancelled, have failed, or are held; csmd does not retry them by itself.
  package var cancelled = 0
  package var failed = 0
  package var held = 0
  /// Lines of the batch missing from the file; nil if that cannot be known.
  package var gone: Int?
  /// Missing lines that were removed from the batch.
  package var pruned = 0
  /// Queued jobs whose priority was raised.
  package var raised = 0
  /// The longest new or changed lines, longest first.
  package var longest: [LongLine] = []
  /// How many takes csmd may add to a line of the batch.
  package var rerolls = 0
  /// How many more takes than before; 0 if the number was not raised.
  package var moreRerolls = 0
  /// Lines that lose a queued take of csmd's, since the number was lowered.
  package var dropped = 0
  /// Lines that get earlier jobs which are still to be spoken.
  package var joined = 0
  /// The most that one more take costs of each new job, and of each of these.
  package var takesCost = Money.zero
  /// If the number was raised: the unchanged lines that may get more takes, and the most that one of each costs.
  package var earlier = 0
  package var earlierCost = Money.zero
  /// The batch's budget; nil for none.
  package var budget: JobTable.BudgetRow?
  /// Lines not added: another line of the file has the same id but other words, or the same file name.
  package var conflicting: [Conflict] = []
  /// Lines of other files that this addition would change.
  package var otherSource: OtherSource?
  /// The first file to be replaced that has no line in the batch.
  package var strangers: Strangers?
  /// Lines that would lose the voice they have in the batch, unless that is allowed.
  package var voiceless = 0
  /// New jobs without a voice; 0 if they were not counted.
  package var withoutVoice = 0
  /// What a person must agree to before anything is added; nil for nothing.
  package var needsConsent: Consent?
  /// Nothing was added.
  ///
  /// A strict addition has a conflict, lines of another file would change, lines would lose their voices,
  /// a file to be replaced has no line, or a person must agree first.
  package var isRefused = false

  /// Whether csmd may add takes that it could not add before.
  package var mayGetTakes: Bool { rerolls > 0 && queued + joined + earlier > 0 }

  /// The most that takes added by csmd may cost, and the likely cost if 3 % of the lines come out badly.
  ///
  /// Of lines that the batch had before, only the takes count that this addition allows.
  package var rerollsMax: Money {
    takesCost.times(rerolls) + earlierCost.times(moreRerolls)
  }
  package var rerollsLikely: Money {
    let once = [takesCost, earlierCost].reduce(0) { $0 + $1.microDollars / 100 * 3 }
    return Money(microDollars: rerolls == 0 ? 0 : once)
  }
}

extension Money {
  /// Saturates instead of overflowing.
  fileprivate func times(_ count: Int) -> Money {
    let (product, isTooMuch) = microDollars.multipliedReportingOverflow(by: Int64(count))
    return Money(microDollars: isTooMuch ? .max : product)
  }
}
