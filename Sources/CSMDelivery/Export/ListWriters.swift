import CSMCore
import CSMFiles
import CSMWorkplace

/// Writes the lists of a form beside the files, in one pass.
///
/// A list replaces only an earlier one of the same kind and batch. An unchanged one is left alone.
struct ListWriters {
  private let batch: String
  private let path: String
  private let form: Form
  private let folder: ExportFolder
  private let made: MadeFiles
  private var lists: [(list: any LineList, draft: ListDraft)]

  /// Checks that no foreign file is in the way, before anything is written.
  ///
  /// Throws `Failure` and `FileError`.
  init(
    _ lists: [any LineList], batch: String, form: Form, in folder: ExportFolder, path: String,
    made: MadeFiles
  ) throws {
    self.batch = batch
    self.path = path
    self.form = form
    self.folder = folder
    self.made = made
    self.lists = try lists.map { ($0, ListDraft(try ExportName($0.name), in: folder)) }
    for (_, draft) in self.lists { try demandRoom(draft.name) }
  }

  private func demandRoom(_ name: ExportName) throws {
    switch try folder.present(name) {
    case .nothing: return
    case .other: throw Failure(inTheWay: "\(path)/\(name) is not a regular file")
    case .file(let mark):
      guard let known = made[name] else {
        throw Failure(inTheWay: "\(path)/\(name) exists and was not written by an export")
      }
      guard known.batch == batch else {
        throw Failure(
          inTheWay: "\(path)/\(name) belongs to the batch \(known.batch), and holds only one")
      }
      if known.mark == mark { return }
      guard let digest = try folder.digest(of: name),
        made.isKnown(digest, as: name, of: batch)
      else { throw Failure(inTheWay: "\(path)/\(name) was changed since an export wrote it") }
    }
  }

  /// Adds a line to all lists.
  mutating func tell(_ line: ExportedLine) throws {
    for place in lists.indices {
      guard let text = try lists[place].list.entry(of: line) else { continue }
      if !lists[place].draft.isBegun { try lists[place].draft.append(lists[place].list.head) }
      try lists[place].draft.append(text)
    }
  }

  /// Gives the lists their names, and removes lists of earlier runs of this form that would be empty now.
  ///
  /// - Parameters:
  ///   - isStopped: whether lines were left, which may be those of the empty lists; these then stay.
  ///   - left: is told of lists that somebody changed, which stay.
  /// - Returns: what the lists could not express.
  mutating func finish(isStopped: Bool, telling left: inout LeftFiles) throws -> [String] {
    var kept: Set<String> = []
    for place in lists.indices where lists[place].draft.isBegun {
      kept.insert(lists[place].draft.name.description)
      try lists[place].draft.append(lists[place].list.foot)
      try lists[place].draft.publish(
        batch: batch, form: form.rawValue, path: path, noting: made)
    }
    for file in made.all(of: batch, form) where !isStopped && !kept.contains(file.file) {
      let name = try ExportName(file.file)
      if let digest = try folder.digest(of: name) {
        guard made.isKnown(digest, as: name, of: batch) else {
          left.add(name, .changed)
          continue
        }
        try folder.remove(name)
      }
      made.forget(file.file)
    }
    return lists.flatMap(\.list.notes)
  }
}
