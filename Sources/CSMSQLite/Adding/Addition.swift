import CSMCore

/// Where lines are added, and how.
package struct Addition: Sendable {
  package var batch: String
  package var endpoint: String
  package var priority: Int
  /// The file's path, or `stream`.
  package var sourceFile: String
  /// Files that this one replaces, such as its former path; their lines in the batch become its own.
  package var replacedFiles: [String] = []
  /// Writes nothing.
  package var isDryRun: Bool
  /// Writes nothing if a line repeats an id with other words.
  package var isStrict: Bool
  /// Removes lines of the batch that are missing from the file.
  package var isPruning: Bool
  /// Lines may lose the voice they have in the batch.
  package var mayLoseVoices = false
  /// The batch's new budget; nil to keep the present one.
  package var budget: Money?
  /// How many takes csmd may add to each line of the batch.
  ///
  /// `rerolls` applies to any batch and `newRerolls` to a new one only; nil keeps the present number.
  package var rerolls: Int?
  package var newRerolls = 0
  /// The price of the new lines.
  package var price: Price
  /// Maps an id to its file name as the least discerning file system sees it; by default the id itself.
  package var fileName: @Sendable (String) -> String = { $0 }
  /// `batch` is only a stem: a number is appended that makes the name new.
  package var isBatchNew = false
  /// Who adds the lines; nil if unknown.
  package var author: Author?
  /// The most new jobs without a voice, and the highest cost, that need no consent; nil for no limit.
  package var voicelessMax: Int?
  package var costMax: Money?

  package init(
    batch: String, endpoint: String, priority: Int, sourceFile: String, isDryRun: Bool,
    isStrict: Bool, isPruning: Bool = false, budget: Money? = nil,
    price: Price = Price(perThousand: .zero)
  ) {
    self.batch = batch
    self.endpoint = endpoint
    self.priority = priority
    self.sourceFile = sourceFile
    self.isDryRun = isDryRun
    self.isStrict = isStrict
    self.isPruning = isPruning
    self.budget = budget
    self.price = price
  }

  /// The source of lines that come from no file.
  package static let stream = "standard input"

  var isStream: Bool { sourceFile == Self.stream }

  /// How reading the lines ended.
  package enum Reading: Sendable, Equatable {
    /// All lines were handed over.
    case whole
    /// Some were rejected, so a missing line may not be gone; `ids` are those of rejected lines that have
    /// one.
    case partial(ids: Set<String>)
    /// Nothing is to be added.
    case unwanted
  }
}
