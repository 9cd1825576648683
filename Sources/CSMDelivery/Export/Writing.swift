import CSMCore
import CSMFiles
import CSMSQLite

/// Writes the files of lines; usable on any thread.
struct Writing: Sendable {
  let batch: String
  let store: AudioStore
  let folder: ExportFolder

  /// The content of a file to write.
  struct Content: Sendable {
    /// Nil for a copy of the stored audio.
    let bytes: [UInt8]?
    let file: ExportedFile
  }

  struct Write: Sendable {
    /// The index of the line among those that are wanted.
    let place: Int
    let line: String
    let name: ExportName
    let content: Content
    let isReplacing: Bool

    /// The note that tells the next export of the file if this one is interrupted before its manifest.
    func note(_ mark: FileMark, _ batch: String) -> MadeFiles.Audio {
      var file = content.file
      file.mark = mark
      return MadeFiles.Audio(batch: batch, line: line, made: file)
    }
  }

  /// The result of one write.
  struct Written: Sendable {
    /// Nil if something is in the way of the file's folder.
    let mark: FileMark?
    /// Whether the file got its name; false if something else took it meanwhile.
    let isPlaced: Bool
  }

  /// Writes all files, notes them, and then gives them their names; durable on return.
  func carryOut(_ writes: [Write]) throws -> [Result<Written, any Error>] {
    let drafts = concurrently(writes) { write in
      try draft(write).map { (draft: $0, mark: try $0.mark()) }
    }
    let ready = zip(writes, drafts).compactMap { write, draft in
      (try? draft.get()).map { (write: write, draft: $0.draft, mark: $0.mark) }
    }
    try MadeFiles.append(ready.map { $0.write.note($0.mark, batch) }, to: folder)
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
    try draft?.write(bytes)
    return draft
  }
}
