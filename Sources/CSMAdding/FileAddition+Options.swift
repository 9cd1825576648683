import CSMCore

extension FileAddition {
  /// Apply to all files of a command.
  package struct Options {
    package var reading = Reading()
    package var speaking = Speaking()
    /// The batch's name; nil to use the file's name without its extension.
    package var batch: String?
    /// Lines with a higher priority are sent first.
    package var priority = 0
    /// Which take of the words to queue.
    package var take = 1
    /// Whether lines with the same words get a take each, instead of sharing one.
    package var isDistinct = false
    /// Whether to report what would be added, and add nothing.
    package var isDryRun = false
    /// Whether to add nothing if any line is rejected.
    package var isStrict = false
    /// Whether to remove lines that are no longer in the file.
    package var isPruning = false
    /// Earlier names of this file, whose lines it may change.
    package var replacedFiles: [String] = []
    /// What the whole batch may cost; nil to leave its budget as it is.
    package var budget: Money?
    /// The name of an uploaded file, whose path is meaningless; nil to use the path.
    package var origin: String?
    /// How many takes csmd may add to a line; nil for the batch's own limit, or the setting if it is new.
    package var rerolls: Int?
    /// How many new lines without a voice are added without asking; nil for any number.
    package var voicelessMax: Int? = Self.fewStrangers
    /// The highest cost that is queued without asking; nil for any cost.
    package var costMax: Money?

    /// A small test without a voice costs little.
    package static let fewStrangers = 50

    package init() {}
  }
}
