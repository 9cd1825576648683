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
  private var lists: [Writing]

  private struct Writing {
    var list: any LineList
    let name: ExportName
    /// The new file; nil until there is something to write.
    var draft: ExportFolder.Draft?
    var buffer: [UInt8] = []

    mutating func append(_ text: String) throws {
      buffer.append(contentsOf: text.utf8)
      if buffer.count >= 1 << 16 { try flush() }
    }

    mutating func flush() throws {
      try draft?.write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
  }

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
    self.lists = try lists.map { Writing(list: $0, name: try ExportName($0.name)) }
    for list in self.lists { try demandRoom(list.name) }
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
      if lists[place].draft == nil {
        lists[place].draft = try folder.draft(lists[place].name)
        try lists[place].append(lists[place].list.head)
      }
      try lists[place].append(text)
    }
  }

  /// Gives the lists their names, and removes lists of earlier runs of this form that would be empty now.
  ///
  /// - Returns: what the lists could not express.
  mutating func finish() throws -> [String] {
    var kept: Set<String> = []
    for place in lists.indices {
      guard let draft = lists[place].draft else { continue }
      kept.insert(lists[place].name.description)
      try lists[place].append(lists[place].list.foot)
      try lists[place].flush()
      try publish(draft, as: lists[place].name)
    }
    for file in made.all(of: batch, form) where !kept.contains(file.file) {
      let name = try ExportName(file.file)
      if try folder.digest(of: name)?.hex == file.sha256 { try folder.remove(name) }
      made.forget(file.file)
    }
    return lists.flatMap(\.list.notes)
  }

  private func publish(_ draft: ExportFolder.Draft, as name: ExportName) throws {
    let digest = try draft.digest()
    let present = try folder.digest(of: name)
    if present == digest, made[name]?.sha256 == digest.hex { return }
    try made.note([
      MadeFiles.File(
        name, batch: batch, form: form, digest: digest, madeOf: nil, mark: try draft.mark())
    ])
    guard try folder.place([draft], replacing: { _ in present != nil }).first == true else {
      throw Failure(inTheWay: "\(path)/\(name) appeared while the export ran")
    }
  }
}
