import CSMCore
import Glibc

/// The finished audio, each file named by the SHA-256 of its bytes and never changed.
///
///     objects/ab/…   the files, by the first two and the other 62 digits of the digest; mode 0440
///     tmp/           files still being received
///     quarantine/    files whose bytes were found not to match their name
///
/// One process receives at a time (it holds the `ProcessLock`); any number may read. The value
/// holds nothing open: each call finds the store on disk as it is.
package struct AudioStore: Sendable {
  /// The folder that holds `objects`, `tmp` and `quarantine`.
  package let root: String

  static let folderMode: mode_t = 0o770
  static let objectMode: mode_t = 0o440

  /// Names the store; nothing is looked at or made.
  package init(root: String) {
    self.root = root
  }

  /// Makes the folders that are missing; durable on return.
  package func makeFolders() throws(FileError) {
    try Directory.make(root, mode: Self.folderMode)
    let top = try Directory(opening: root)
    for name in ["objects", "tmp", "quarantine"] {
      try top.makeFolder(name, mode: Self.folderMode)
    }
    try top.sync()
    let objects = try Directory("objects", in: top)
    for shard in UInt8.min...UInt8.max {
      try objects.makeFolder(hexadecimal(shard), mode: Self.folderMode)
    }
    try objects.sync()
  }

  /// Makes the folders that are missing, sees that a file can be created, and removes what a dead
  /// process left in `tmp`; durable on return.
  ///
  /// The caller holds the `ProcessLock`: every file in `tmp` is then a leftover. Returns how many
  /// were removed.
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

  /// Bytes that a process without privileges can still write to the store's file system.
  package func freeBytes() throws(FileError) -> Int {
    var status = statvfs()
    guard statvfs(root, &status) == 0 else { throw FileError("measure the room in", root) }
    let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return bytes.overflow ? .max : Int(clamping: bytes.partialValue)
  }

  /// Where an object is or would be.
  package func path(of digest: Digest) -> String {
    "\(root)/objects/\(digest.hex.prefix(2))/\(fileName(of: digest))"
  }

  /// Opens a folder in the store, one step after the other: no link beneath the root is followed.
  func folder(_ names: String...) throws(FileError) -> Directory {
    var folder = try Directory(opening: root)
    for name in names { folder = try Directory(name, in: folder) }
    return folder
  }

  /// Opens the folder of an object.
  func shard(of digest: Digest) throws(FileError) -> Directory {
    try folder("objects", String(digest.hex.prefix(2)))
  }

  func fileName(of digest: Digest) -> String {
    String(digest.hex.dropFirst(2))
  }
}
