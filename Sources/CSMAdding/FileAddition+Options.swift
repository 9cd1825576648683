import CSMCore

extension FileAddition {
  /// What is said of the files that are added.
  package struct Options {
    package var reading = Reading()
    package var speaking = Speaking()
    /// The batch's name; nil for the file's own without its ending.
    package var batch: String?
    /// Lines of higher priority go first.
    package var priority = 0
    /// Which version of the same words.
    package var take = 1
    /// The same words are another take in each line that has them.
    package var isDistinct = false
    /// Says what would be added, and adds nothing.
    package var isDryRun = false
    /// Adds nothing of a file in which a line is rejected.
    package var isStrict = false
    /// Lines go that are not in the file any more.
    package var isPruning = false
    /// Files whose place this one takes.
    package var replacedFiles: [String] = []
    /// What the batch may cost, all in all.
    package var budget: Money?
    /// How many takes csmd may add to a line; nil for what holds already, or what is set for a new batch.
    package var rerolls: Int?
    /// More new lines than this are not spoken by strangers unless a person says so; nil: any number may.
    package var voicelessMax: Int? = Self.fewStrangers
    /// More than this is not queued unless a person says so; nil for any cost.
    package var costMax: Money?

    /// A try without a voice is nobody's loss.
    package static let fewStrangers = 50

    package init() {}
  }
}
