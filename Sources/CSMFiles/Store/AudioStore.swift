import CSMCore
import Glibc

/// The store of finished audio: each file, an object, is named by the SHA-256 of its bytes and never changes.
///
///     objects/ab/…   objects, by the first 2 and the other 62 digits of the digest; mode 0440
///     tmp/           files being received
///     quarantine/    damaged objects
///
/// One process receives at a time (it holds the `ProcessLock`); any number may read. The value holds no open
/// files: each call uses the store as it is on disk.
package struct AudioStore: Sendable {
  /// The path of the folder with `objects`, `tmp` and `quarantine`.
  package let root: String

  /// The names of the folders in `root`.
  static let folders = ["objects", "tmp", "quarantine"]
  static let folderMode: mode_t = 0o770
  static let objectMode: mode_t = 0o440

  /// Does not access or create anything.
  package init(root: String) {
    self.root = root
  }

  /// Creates missing folders; durable on return.
  package func makeFolders() throws(FileError) {
    try Directory.make(root, mode: Self.folderMode)
    let top = try Directory(opening: root)
    for name in Self.folders {
      try top.makeFolder(name, mode: Self.folderMode)
    }
    try top.sync()
    let objects = try Directory("objects", in: top)
    for shard in UInt8.min...UInt8.max {
      try objects.makeFolder(hexadecimal(shard), mode: Self.folderMode)
    }
    try objects.sync()
  }

  /// Creates missing folders, checks that files can be created, and empties `tmp`; durable on return.
  ///
  /// The caller holds the `ProcessLock`, so every file in `tmp` was left by a dead process.
  ///
  /// - Returns: how many files were removed.
  @discardableResult
  package func prepare() throws(FileError) -> Int {
    try makeFolders()
    let objects = try folder("objects")
    let temporaries = try folder("tmp")
    // A file cannot be renamed across file systems.
    guard try objects.device() == temporaries.device() else {
      throw FileError("rename out of", temporaries.path, code: EXDEV)
    }
    _ = try DurableFile(in: temporaries, prefix: "probe.", mode: 0o600)
    let leftovers = try temporaries.names()
    for name in leftovers { try temporaries.remove(name) }
    return leftovers.count
  }

  /// The free space of the store's file system for unprivileged processes, in bytes.
  package func freeBytes() throws(FileError) -> Int {
    var status = statvfs()
    guard statvfs(root, &status) == 0 else { throw FileError("determine the free space of", root) }
    let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return bytes.overflow ? .max : Int(clamping: bytes.partialValue)
  }

  /// The path of an object, whether it exists or not.
  package func path(of digest: Digest) -> String {
    "\(root)/objects/\(digest.hex.prefix(2))/\(fileName(of: digest))"
  }

  /// Opens a folder in the store, following no links below the root.
  func folder(_ names: String...) throws(FileError) -> Directory {
    var folder = try Directory(opening: root)
    for name in names { folder = try Directory(name, in: folder) }
    return folder
  }

  /// Opens the folder for an object.
  func shard(of digest: Digest) throws(FileError) -> Directory {
    try folder("objects", String(digest.hex.prefix(2)))
  }

  func fileName(of digest: Digest) -> String {
    String(digest.hex.dropFirst(2))
  }
}
