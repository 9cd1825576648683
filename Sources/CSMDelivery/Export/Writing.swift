import CSMCore
import CSMFiles
import CSMSQLite

/// Writes files of lines, on any thread.
struct Writing: Sendable {
  let batch: String
  let store: AudioStore
  let folder: ExportFolder

  /// What a file is to hold.
  struct Content: Sendable {
    /// Nil for a copy of what is stored.
    let bytes: [UInt8]?
    let file: ExportedFile
  }

  struct Write: Sendable {
    /// Where the line is among those that are wanted.
    let place: Int
    let name: ExportName
    let content: Content
    let isReplacing: Bool

    /// What nobody could tell for ours if the export were stopped now; nil where it is known anyway, since it
    /// is what is stored.
    func note(_ mark: FileMark, _ batch: String) -> MadeFiles.File? {
      let file = content.file
      guard file.recipe != nil else { return nil }
      return MadeFiles.File(
        file.name, batch: batch, form: nil, digest: file.digest, madeOf: nil, mark: mark)
    }
  }

  /// What came of one.
  struct Written: Sendable {
    /// Nil where something stands in the way of the file's folder.
    let mark: FileMark?
    /// Whether it has its name, and not something that came meanwhile.
    let isPlaced: Bool
  }

  /// Writes all of them, and then gives them their names; durable on return.
  func carryOut(_ writes: [Write]) throws -> [Result<Written, any Error>] {
    let drafts = concurrently(writes) { write in
      try draft(write).map { (draft: $0, mark: try $0.mark()) }
    }
    let ready = zip(writes, drafts).compactMap { write, draft in
      (try? draft.get()).map { (write: write, draft: $0.draft, mark: $0.mark) }
    }
    try MadeFiles.append(ready.compactMap { $0.write.note($0.mark, batch) }, to: folder)
    let replacing = Set(
      ready.filter(\.write.isReplacing).map { ObjectIdentifier($0.draft) })
    let placed = try folder.place(ready.map(\.draft)) {
      replacing.contains(ObjectIdentifier($0))
    }
    var outcomes = placed.makeIterator()
    return drafts.map { draft in
      draft.map { draft in
        Written(
          mark: draft?.mark, isPlaced: draft == nil ? false : outcomes.next() ?? false)
      }
    }
  }

  private func draft(_ write: Write) throws -> ExportFolder.Draft? {
    guard let bytes = write.content.bytes else {
      return try folder.draft(write.name, copying: write.content.file.source, from: store)
    }
    let draft = try folder.draft(write.name)
    try bytes.withUnsafeBytes { try draft?.write($0) }
    return draft
  }
}
