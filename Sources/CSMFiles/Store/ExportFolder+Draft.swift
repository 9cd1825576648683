import CSMCore
import Glibc
import Synchronization

/// By which it is seen, without reading a file, that it is as it was left: its size, and when it was last
/// written, in nanoseconds since 1970.
package struct FileMark: Hashable, Sendable {
  package let bytes: Int
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
  /// What stands under a name.
  package enum Present: Hashable, Sendable {
    case nothing
    case file(FileMark)
    /// A link, a folder, a device, or something that is no folder where one is needed.
    case other
  }

  /// Looks at what has the name, and reads nothing of it.
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

  /// Removes a file of ours; no error where there is none.
  package func remove(_ name: ExportName) throws {
    guard let folder = try folder(of: name, makingMissing: false) else { return }
    try folder.remove(name.leaf)
    try folder.sync()
  }

  /// A file that is being written, and has no name until it is placed; it is gone without that.
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

    /// Appends the bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
      try file.withLock { try $0.write(bytes) }
    }

    /// Writes over what stands at an offset.
    package func rewrite(_ bytes: [UInt8], at offset: Int) throws {
      try file.withLock { try $0.rewrite(bytes, at: offset) }
    }

    /// The SHA-256 of what was written.
    package func digest() throws -> Digest {
      try file.withLock { try $0.inspect { try $0.digest() } }
    }

    /// How the file will look in its place.
    package func mark() throws -> FileMark {
      try file.withLock { try $0.inspect { FileMark(try $0.status()) } }
    }
  }

  /// An empty file for a name; nil where something stands in the way of its folder.
  package func draft(_ name: ExportName) throws -> Draft? {
    guard let folder = try folderForWriting(name) else { return nil }
    return Draft(
      name, folder, try DurableFile(in: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode))
  }

  /// A file for a name that is a copy of an object, checked; throws as `copy` does.
  package func draft(
    _ name: ExportName, copying digest: Digest, from store: AudioStore
  ) throws -> Draft? {
    guard let folder = try folderForWriting(name) else { return nil }
    return Draft(
      name, folder,
      try store.duplicate(
        digest, into: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode))
  }

  /// Gives files their names, once all of them are on the disk; durable on return.
  ///
  /// - Parameter replacing: whether a draft takes the place of what has its name.
  /// - Returns: for each whether it has its name; false where that is taken.
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
    // What is mounted in the folder has a file system of its own.
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

  /// From so many files on, one sync of the whole file system is cheaper than one of each.
  private static let many = 8
}
