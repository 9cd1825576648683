import CSMCore
import CSMFiles
import CSMWorkplace

/// A list that is being written; it gets its name once it is complete.
struct ListDraft {
  let name: ExportName
  private let folder: ExportFolder
  /// The new file; nil until there is something to write.
  private var draft: ExportFolder.Draft?
  private var buffer: [UInt8] = []

  init(_ name: ExportName, in folder: ExportFolder) {
    self.name = name
    self.folder = folder
  }

  /// Whether something was appended.
  var isBegun: Bool { draft != nil }

  mutating func append(_ text: String) throws {
    if draft == nil { draft = try folder.draft(name) }
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  private mutating func flush() throws {
    try draft?.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Notes the list and gives it its name, unless an equal one has that already; durable on return.
  ///
  /// - Parameters:
  ///   - form: what the list belongs to; see `MadeFiles.File`.
  ///   - path: the folder's, for messages.
  mutating func publish(batch: String, form: String, path: String, noting made: MadeFiles) throws {
    try flush()
    guard let draft else { return }
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
