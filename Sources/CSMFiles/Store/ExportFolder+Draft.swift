import CSMCore
import Glibc
import Synchronization

/// A file's size and modification time, to notice changes without reading it.
package struct FileMark: Hashable, Sendable {
  package let bytes: Int
  /// In nanoseconds since 1970.
  package let modified: Int

  package init(bytes: Int, modified: Int) {
    self.bytes = bytes
    self.modified = modified
  }

  init(_ status: stat) {
    bytes = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
  }
}

extension ExportFolder {
  /// What a name refers to.
  package enum Present: Hashable, Sendable {
    case nothing
    case file(FileMark)
    /// A link, folder or device; or a part of the path is not a folder.
    case other
  }

  /// Checks what the name refers to, without reading the file.
  package func present(_ name: ExportName) throws -> Present {
    guard name.components.count > 1 else { return try present(name.leaf, in: top) }
    var parent = top
    for component in name.components.dropLast() {
      guard let status = try parent.status(of: component) else { return .nothing }
      guard status.st_mode & S_IFMT == S_IFDIR else { return .other }
      parent = try Directory(component, in: parent)
    }
    return try present(name.leaf, in: parent)
  }

  private func present(_ leaf: String, in folder: Directory) throws -> Present {
    guard let status = try folder.status(of: leaf) else { return .nothing }
    return status.st_mode & S_IFMT == S_IFREG ? .file(FileMark(status)) : .other
  }

  /// Removes a file, if there is one; durable on return.
  package func remove(_ name: ExportName) throws {
    guard try folder(of: name, makingMissing: false) != nil,
      let folder = try folderForWriting(name)
    else { return }
    try folder.remove(name.leaf)
    try folder.sync()
  }

  /// A file being written; it gets its name from `place`, and is removed otherwise.
  package final class Draft: Sendable {
    package let name: ExportName
    fileprivate let folder: Directory
    fileprivate let file: Mutex<DurableFile>

    fileprivate init(_ name: ExportName, _ folder: Directory, _ file: consuming sending DurableFile)
    {
      self.name = name
      self.folder = folder
      self.file = Mutex(file)
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws {
      try file.withLock { try $0.write(bytes) }
    }

    /// Overwrites the bytes at an offset.
    package func rewrite(_ bytes: [UInt8], at offset: Int) throws {
      try file.withLock { try $0.rewrite(bytes, at: offset) }
    }

    /// The SHA-256 of the bytes so far.
    package func digest() throws -> Digest {
      try file.withLock { try $0.inspect { try $0.digest() } }
    }

    /// The mark that the file will have in its place.
    package func mark() throws -> FileMark {
      try file.withLock { try $0.inspect { FileMark(try $0.status()) } }
    }
  }

  /// An empty draft; nil if a part of its path is not a folder.
  package func draft(_ name: ExportName) throws -> Draft? {
    guard let folder = try folderForWriting(name) else { return nil }
    return Draft(
      name, folder, try DurableFile(in: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode))
  }

  /// A draft with a verified copy of an object; nil if a part of its path is not a folder.
  ///
  /// - Throws: `DamagedObject`, `FileError`.
  package func draft(
    _ name: ExportName, copying digest: Digest, from store: AudioStore
  ) throws -> Draft? {
    guard let folder = try folderForWriting(name) else { return nil }
    return Draft(
      name, folder,
      try store.duplicate(
        digest, into: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode))
  }

  /// Gives drafts their names, once the bytes of all of them are durable; the names are durable on return.
  ///
  /// - Parameter replacing: whether a draft may replace what has its name.
  /// - Returns: for each draft, whether it got its name; false if that exists.
  package func place(_ drafts: [Draft], replacing: (Draft) -> Bool) throws -> [Bool] {
    guard drafts.count >= Self.many else {
      return try drafts.map { draft in
        try draft.file.withLock { file in
          guard !replacing(draft) else {
            try file.replace(draft.name.leaf, in: draft.folder)
            return true
          }
          return try file.place(as: draft.name.leaf, in: draft.folder)
        }
      }
    }
    for draft in drafts { try draft.file.withLock { try $0.closeUnsynced() } }
    var folders: [ObjectIdentifier: Directory] = [:]
    for draft in drafts { folders[ObjectIdentifier(draft.folder)] = draft.folder }
    // Subfolders may be mount points with their own file systems.
    var devices: Set<dev_t> = []
    for folder in folders.values where devices.insert(try folder.device()).inserted {
      try folder.syncFileSystem()
    }
    let placed = try drafts.map { draft in
      try draft.file.withLock {
        try $0.name(draft.name.leaf, in: draft.folder, replacing: replacing(draft))
      }
    }
    for folder in folders.values { try folder.sync() }
    return placed
  }

  /// From this many files, one `syncfs` is cheaper than syncing each.
  private static let many = 8
}
