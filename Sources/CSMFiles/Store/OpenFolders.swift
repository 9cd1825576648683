import Synchronization

/// Reuses folders that are in use, and keeps the last few open.
final class OpenFolders: Sendable {
  private struct Known {
    var folders: [String: Weak] = [:]
    var last: [Directory] = []
  }

  private struct Weak: Sendable { weak var folder: Directory? }

  private let known = Mutex(Known())

  private static let lastMax = 32

  /// The folder at a path, from `open` unless it is in use; nil if `open` returns nil.
  func folder(_ path: String, _ open: () throws -> Directory?) throws -> Directory? {
    try known.withLock { known in
      if let folder = known.folders[path]?.folder { return folder }
      guard let folder = try open() else { return nil }
      if known.folders.count > 4 * Self.lastMax {
        known.folders = known.folders.filter { $0.value.folder != nil }
      }
      known.folders[path] = Weak(folder: folder)
      if known.last.count == Self.lastMax { known.last.removeFirst() }
      known.last.append(folder)
      return folder
    }
  }
}
