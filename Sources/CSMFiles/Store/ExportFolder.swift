import CLinux
import CSMCore
import Glibc
import Synchronization

/// A user's folder that audio is exported to, with the user's permissions and umask.
///
/// Copies share blocks with the store if the file system supports that, but are never hard links: editing an
/// export must not change the store. Nothing is written through a symbolic link.
///
/// A lock lets one process write to a folder at a time. So any `.csm-…` file found was left by a killed
/// process, and the next export removes it: from folders that it writes to, and from those that it sweeps.
package struct ExportFolder: Sendable {
  let top: Directory
  private let swept = Swept()
  private let open = OpenFolders()

  /// The folders that were swept.
  private final class Swept: Sendable {
    private let names = Mutex(Set<String>())

    /// Whether the folder has not been swept yet.
    func insert(_ folder: Directory) -> Bool { names.withLock { $0.insert(folder.path).inserted } }
  }

  private static let folderMode: mode_t = 0o777
  static let fileMode: mode_t = 0o666
  static let temporaryPrefix = ".csm-"

  /// The result of exporting a file.
  package enum Outcome: String, Hashable, Sendable {
    /// The file is new.
    case written
    /// The file already has the same bytes.
    case same
    /// The file replaced that of an earlier export.
    case replaced
    /// The name, or a part of its path, belongs to something that no export wrote; nothing was changed.
    case conflict
  }

  /// Opens the folder, creating it and its parents if necessary.
  ///
  /// - Throws: `LockBusy` while another process exports to it, `FileError`.
  package init(path: String) throws {
    try Directory.make(path, mode: Self.folderMode)
    top = try Directory(opening: path)
    try top.lockForLife()
    sweep(top)
  }

  /// Removes temporary files of killed processes beside the named files, except where another one works.
  package func sweep(beside names: [ExportName]) {
    let oneEach = Dictionary(names.map { ($0.components.dropLast(), $0) }) { first, _ in first }
    for name in oneEach.values {
      guard let folder = try? folder(of: name, makingMissing: false),
        (try? folder.lockForLife()) != nil
      else { continue }
      sweep(folder)
    }
  }

  /// Removes temporary files of killed processes; failures are ignored.
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

  /// The digest of an exported file; nil if there is none.
  package func digest(of name: ExportName) throws -> Digest? {
    guard let folder = try folder(of: name, makingMissing: false),
      case .file(let file) = try folder.entry(name.leaf)
    else { return nil }
    return try file.digest()
  }

  /// Opens and locks the folder of a file, creating it if necessary; nil if a part of the path is not a folder.
  ///
  /// A folder in use is returned again, since its lock would keep out a second `Directory` of ours too.
  func folderForWriting(_ name: ExportName) throws -> Directory? {
    guard name.components.count > 1 else { return top }
    return try open.folder(name.components.dropLast().joined(separator: "/")) {
      guard let folder = try folder(of: name, makingMissing: true) else { return nil }
      try folder.lockForLife()
      sweep(folder)
      return folder
    }
  }

  /// Opens the folder of a file; nil if it does not exist or a part of the path is not a folder.
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
  /// Why a text may not replace what has its name.
  package enum Obstacle: Sendable {
    /// A file that does not begin like texts of this kind.
    case foreignFile
    /// A folder, link or device.
    case noFile
  }

  /// Checks whether a text may be written under a name: only if it is new, empty, or begins with `beginning`.
  package func obstacle(at name: String, beginning: String) throws -> Obstacle? {
    switch try top.entry(name) {
    case .nothing: return nil
    case .other: return .noFile
    case .file(let file):
      let bytes = try file.bytes(at: 0, count: beginning.utf8.count)
      return bytes.isEmpty || bytes.elementsEqual(beginning.utf8) ? nil : .foreignFile
    }
  }

  /// Writes a text next to the audio, such as the manifest, replacing an earlier one; durable on return.
  ///
  /// - Parameter body: receives a function that appends a line. If it throws, the earlier text stays.
  package func writeText(
    _ name: String, _ body: ((String) throws -> Void) throws -> Void
  ) throws {
    var file = try DurableFile(in: top, prefix: Self.temporaryPrefix, mode: Self.fileMode)
    var buffer: [UInt8] = []
    try body { line in
      buffer.append(contentsOf: line.utf8)
      buffer.append(UInt8(ascii: "\n"))
      guard buffer.count >= 1 << 16 else { return }
      try file.write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
    try file.write(buffer)
    try file.replace(name, in: top)
  }

  /// Appends lines to a text, creating it if necessary; durable on return.
  package func append(_ lines: [String], to name: String) throws {
    let text = lines.map { $0 + "\n" }.joined()
    try top.append(Array(text.utf8), to: name, mode: Self.fileMode)
    try top.sync()
  }

  /// Removes a text of an earlier export that no longer applies, such as its notes.
  ///
  /// Durable on return; does nothing if there is none.
  package func removeText(_ name: String) throws(FileError) {
    try top.remove(name)
    try top.sync()
  }
}
