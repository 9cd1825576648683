import CSMCore
import CSMFiles

/// Unchanged files of earlier exports that no line has any more, such as those of lines that are gone.
///
/// They stay, and are told. Only a form that would be wrong with them removes them from its folders.
struct Leftovers {
  private let folder: ExportFolder
  private let wholeFolders: Set<String>
  private let plan: NamePlan
  private let earlier: EarlierExport
  private var kept = Figure()
  private var removed = Figure()

  /// How many files, and the first of them.
  private struct Figure {
    var count = 0
    var first = ""

    mutating func add(_ name: ExportName) {
      if count == 0 { first = name.description }
      count += 1
    }
  }

  init(
    in folder: ExportFolder, _ form: any LineForm, _ plan: NamePlan, after earlier: EarlierExport
  ) {
    self.folder = folder
    wholeFolders = form.wholeFolders
    self.plan = plan
    self.earlier = earlier
  }

  /// Removes files that would make the form wrong, and returns the others.
  mutating func settle(_ files: [ExportedFile]) throws -> [ExportedFile] {
    try files.filter { file in
      guard try isInTheWay(file) else {
        kept.add(file.name)
        return true
      }
      try folder.remove(file.name)
      removed.add(file.name)
      return false
    }
  }

  /// Whether it makes the form wrong and is nobody else's; its bytes say that, not its size and time.
  private func isInTheWay(_ file: ExportedFile) throws -> Bool {
    guard file.name.components.first.map(wholeFolders.contains) ?? false,
      !plan.isTaken(file.name), !earlier.isOfAnotherBatch(file.name)
    else { return false }
    return try folder.digest(of: file.name) == file.digest
  }

  /// Tells of files that stay for a reason of their own.
  mutating func tell(_ files: [ExportedFile]) { for file in files { kept.add(file.name) } }

  var notes: [String] {
    var notes: [String] = []
    if removed.count > 0 {
      notes.append(
        "removed \(Figures.count(removed.count, "file")) left by earlier exports"
          + (removed.count == 1 ? ": \(removed.first)" : ", such as \(removed.first)"))
    }
    if kept.count > 0 { notes.append(Self.note(kept.count, kept.first)) }
    return notes
  }

  static func note(_ count: Int, _ first: String) -> String {
    "\(Figures.count(count, "file")) left by earlier exports \(count == 1 ? "is" : "are") still there"
      + (count == 1 ? ": \(first)" : ", such as \(first)")
  }
}
