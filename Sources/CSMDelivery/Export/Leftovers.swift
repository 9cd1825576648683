import CSMCore
import CSMFiles

/// Files of earlier exports that no line has any more, such as those of lines that are gone.
///
/// They stay, and the export names them. Only a form that would be wrong with them removes the unchanged ones
/// from its folders.
struct Leftovers {
  private let batch: String
  private let folder: ExportFolder
  private let wholeFolders: Set<String>
  private let plan: NamePlan
  private let earlier: EarlierExport
  /// What is told.
  var told = LeftFiles()
  /// Files that somebody changed, for the next export, which tells of them again.
  private(set) var changed: [MadeFiles.Audio] = []

  init(
    of batch: String, in folder: ExportFolder, _ form: any LineForm, _ plan: NamePlan,
    after earlier: EarlierExport
  ) {
    self.batch = batch
    self.folder = folder
    wholeFolders = form.wholeFolders
    self.plan = plan
    self.earlier = earlier
  }

  /// Returns those of a line's files that nobody changed, and tells of the others.
  mutating func unchanged(_ files: [ExportedFile], of line: String) throws -> [ExportedFile] {
    let unchanged = try files.filter(isUnchanged)
    var names = Set(unchanged.map(\.name))
    for file in files.reversed() where names.insert(file.name).inserted {
      guard case .file = try folder.present(file.name), isNobodys(file.name) else { continue }
      told.add(file.name, .changed)
      changed.append(MadeFiles.Audio(batch: batch, line: line, made: file))
    }
    return unchanged
  }

  private func isUnchanged(_ file: ExportedFile) throws -> Bool {
    if let mark = file.mark, try folder.present(file.name) == .file(mark) { return true }
    return try folder.digest(of: file.name) == file.digest
  }

  /// Tells of other batches' audio that no manifest row has, since their exports were interrupted.
  mutating func tell(ofOthers notes: [MadeFiles.Audio]) throws {
    var names: Set<ExportName> = []
    for note in notes where isNobodys(note.made.name) && !names.contains(note.made.name) {
      guard try isUnchanged(note.made) else { continue }
      names.insert(note.made.name)
      told.add(note.made.name, interruptedOf: note.batch)
    }
  }

  /// Removes unchanged files that would make the form wrong, and returns the others.
  mutating func settle(_ files: [ExportedFile]) throws -> [ExportedFile] {
    try files.filter { file in
      guard try isInTheWay(file) else {
        told.add(file.name, .kept)
        return true
      }
      try folder.remove(file.name)
      told.add(file.name, .removed)
      return false
    }
  }

  /// Whether it makes the form wrong and is nobody else's; its bytes say that, not its size and time.
  private func isInTheWay(_ file: ExportedFile) throws -> Bool {
    guard file.name.components.first.map(wholeFolders.contains) ?? false, isNobodys(file.name)
    else { return false }
    return try folder.digest(of: file.name) == file.digest
  }

  private func isNobodys(_ name: ExportName) -> Bool {
    !plan.isTaken(name) && !earlier.isOfAnotherBatch(name)
  }
}

/// How many files earlier exports left, to be told in a sentence for each fate.
struct LeftFiles {
  enum Fate: CaseIterable {
    case removed, kept
    /// Somebody changed it, so it stays wherever it is.
    case changed
  }

  private typealias Figure = (count: Int, first: String)
  private var figures: [Fate: Figure] = [:]
  /// Audio of interrupted exports of other batches.
  private var interrupted: [String: Figure] = [:]

  mutating func add(_ name: ExportName, _ fate: Fate) {
    figures[fate, default: (0, name.description)].count += 1
  }

  mutating func add(_ name: ExportName, interruptedOf batch: String) {
    interrupted[batch, default: (0, name.description)].count += 1
  }

  var notes: [String] {
    Fate.allCases.compactMap { fate in figures[fate].map { note(fate, $0) } }
      + interrupted.sorted { $0.key < $1.key }.map { batch, figure in
        "\(Figures.count(figure.count, "file")) left by an interrupted export of \(batch) "
          + (figure.count == 1 ? "is still there: " : "are still there, such as ")
          + "\(figure.first); export \(batch) again"
      }
  }

  private func note(_ fate: Fate, _ figure: Figure) -> String {
    let files = "\(Figures.count(figure.count, "file")) left by earlier exports"
    let isOne = figure.count == 1
    let sentence =
      switch fate {
      case .removed: "removed \(files)"
      case .kept: "\(files) \(isOne ? "is" : "are") still there"
      case .changed: "\(files) \(isOne ? "was changed and stays" : "were changed and stay")"
      }
    return sentence + (isOne ? ": \(figure.first)" : ", such as \(figure.first)")
  }
}
