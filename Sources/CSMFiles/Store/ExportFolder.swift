import CLinux
import CSMCore
import Glibc
import Synchronization

/// A user's folder that stored audio is copied out to, with the user's rights and umask.
///
/// Copies share blocks with the store where the file system can do that, but never the file itself:
/// whoever edits an export must not reach the store. Nothing is written through a symbolic link.
///
/// One process writes in a folder at a time, by a lock that goes with it. So what a killed one left, at
/// most a few `.csm-…` beside their targets, is known as such, and goes when the next one comes by.
package struct ExportFolder: Sendable {
  let top: Directory
  private let swept = Swept()
  private let open = OpenFolders()

  /// The folders in which nothing is left of killed processes.
  private final class Swept: Sendable {
    private let names = Mutex(Set<String>())

    /// Whether this is the first time that the folder comes by.
    func insert(_ folder: Directory) -> Bool { names.withLock { $0.insert(folder.path).inserted } }
  }

  private static let folderMode: mode_t = 0o777
  static let fileMode: mode_t = 0o666
  static let temporaryPrefix = ".csm-"

  /// What became of one file.
  package enum Outcome: String, Hashable, Sendable {
    /// It was not there and now is.
    case written
    /// The same bytes were there already; left alone.
    case same
    /// An earlier export's file was there; it now has the new bytes.
    case replaced
    /// Something that no export put there has the name, or stands where a folder is needed; left
    /// alone.
    case conflict
  }

  /// Opens the folder, made with those above it where they are missing.
  ///
  /// Throws `LockBusy` while another process exports there, and `FileError`.
  package init(path: String) throws {
    try Directory.make(path, mode: Self.folderMode)
    top = try Directory(opening: path)
    try top.lockForLife()
    sweep(top)
  }

  /// Removes what killed processes left; nothing depends on what cannot be removed.
  private func sweep(_ folder: Directory) {
    guard swept.insert(folder), let names = try? folder.names() else { return }
    for name in names where Self.isTemporary(name) {
      guard let status = try? folder.status(of: name), status.st_mode & S_IFMT == S_IFREG else {
        continue
      }
      try? folder.remove(name)
    }
  }

  private static func isTemporary(_ name: String) -> Bool {
    let digits = name.utf8.dropFirst(temporaryPrefix.utf8.count)
    return name.hasPrefix(temporaryPrefix) && digits.count == 16
      && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Copies an object out under a name; the file is whole or not there, and durable on return.
  ///
  /// `earlier` is the digest an earlier export noted for that name: a file of just those bytes may
  /// be replaced, any other may not. Throws `DamagedObject` (nothing is written then) and
  /// `FileError`.
  package func copy(
    _ digest: Digest, from store: AudioStore, as name: ExportName, replacing earlier: Digest? = nil
  ) throws -> Outcome {
    try put(digest, as: name, replacing: earlier) { folder in
      try store.duplicate(digest, into: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode)
    }
  }

  /// Does the same with bytes of that digest that are in no store, such as another form of an object.
  package func write(
    _ bytes: [UInt8], of digest: Digest, as name: ExportName, replacing earlier: Digest? = nil
  ) throws -> Outcome {
    try put(digest, as: name, replacing: earlier) { folder in
      let file = try DurableFile(in: folder, prefix: Self.temporaryPrefix, mode: Self.fileMode)
      try bytes.withUnsafeBytes { try file.write($0) }
      return file
    }
  }

  /// The digest of the file that has the name; nil where there is none.
  package func digest(of name: ExportName) throws -> Digest? {
    guard let folder = try folder(of: name, makingMissing: false),
      case .file(let file) = try folder.entry(name.leaf)
    else { return nil }
    return try file.digest()
  }

  private func put(
    _ digest: Digest, as name: ExportName, replacing earlier: Digest?,
    _ make: (Directory) throws -> DurableFile
  ) throws -> Outcome {
    guard let folder = try folderForWriting(name) else { return .conflict }
    let leaf = name.leaf
    let present: Digest
    switch try folder.entry(leaf) {
    case .other: return .conflict
    case .nothing:
      var file = try make(folder)
      return try file.place(as: leaf, in: folder) ? .written : .conflict
    case .file(let file): present = try file.digest()
    }
    if present == digest { return .same }
    guard present == earlier else { return .conflict }
    var file = try make(folder)
    try file.replace(leaf, in: folder)
    return .replaced
  }

  /// Opens the folder that the name's file belongs in, made where it is missing and locked; nil when
  /// something else stands in the way.
  ///
  /// One that is in use already is given again: its lock would keep out a second one of ours, too.
  func folderForWriting(_ name: ExportName) throws -> Directory? {
    guard name.components.count > 1 else { return top }
    return try open.folder(name.components.dropLast().joined(separator: "/")) {
      guard let folder = try folder(of: name, makingMissing: true) else { return nil }
      try folder.lockForLife()
      sweep(folder)
      return folder
    }
  }

  /// Opens the folder that the name's file belongs in; nil when there is none, or something else
  /// stands in the way.
  func folder(
    of name: ExportName, makingMissing: Bool
  ) throws(FileError) -> Directory? {
    var folder = top
    for component in name.components.dropLast() {
      do {
        folder = try Directory(component, in: folder)
      } catch  where error.isMissing {
        guard makingMissing else { return nil }
        try folder.makeFolder(component, mode: Self.folderMode)
        try folder.sync()
        folder = try Directory(component, in: folder)
      } catch  where error.code == ENOTDIR || error.code == ELOOP {
        return nil
      }
    }
    return folder
  }
}

extension ExportFolder {
  /// Why a text may not take the place of what has its name.
  package enum Obstacle: Sendable {
    /// A file that is no text of this kind.
    case foreignFile
    /// A folder, a link, a device.
    case noFile
  }

  /// Finds what a text must not replace: what is no regular file, and a file that holds anything but a
  /// text that begins as all of its kind do.
  package func obstacle(at name: String, beginning: String) throws -> Obstacle? {
    switch try top.entry(name) {
    case .nothing: return nil
    case .other: return .noFile
    case .file(let file):
      let bytes = try file.bytes(at: 0, count: beginning.utf8.count)
      return bytes.isEmpty || bytes.elementsEqual(beginning.utf8) ? nil : .foreignFile
    }
  }

  /// Writes a text beside the audio, such as the manifest, in place of an earlier one.
  ///
  /// `body` gets what appends a line. The new text is whole or not there, and durable on return.
  package func writeText(
    _ name: String, _ body: ((String) throws -> Void) throws -> Void
  ) throws {
    var file = try DurableFile(in: top, prefix: Self.temporaryPrefix, mode: Self.fileMode)
    var buffer: [UInt8] = []
    try body { line in
      buffer.append(contentsOf: line.utf8)
      buffer.append(UInt8(ascii: "\n"))
      guard buffer.count >= 1 << 16 else { return }
      try buffer.withUnsafeBytes { try file.write($0) }
      buffer.removeAll(keepingCapacity: true)
    }
    try buffer.withUnsafeBytes { try file.write($0) }
    try file.replace(name, in: top)
  }

  /// Adds lines to a text, made where it is missing; durable on return.
  package func append(_ lines: [String], to name: String) throws {
    let text = lines.map { $0 + "\n" }.joined()
    try top.append(Array(text.utf8), to: name, mode: Self.fileMode)
    try top.sync()
  }

  /// Removes a text of an earlier export that no longer applies, such as the list of what is
  /// missing; durable on return, and no error when there is none.
  package func removeText(_ name: String) throws(FileError) {
    try top.remove(name)
    try top.sync()
  }
}
