import Glibc

/// A text that other programs read while it is replaced again and again, such as metrics.
///
/// They see the old one or the new one, whole. It is not brought to the disk, since nobody needs it after
/// a crash.
package enum PublishedText {
  /// Writes it in place of the one before.
  ///
  /// - Parameter mode: who may read it; all may where nothing is said.
  package static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = try Directory(opening: slash == path.startIndex ? "/" : String(path[..<slash]))
    let name = String(path[path.index(after: slash)...])
    // The node exporter reads only names that end in .prom.
    let temporary = ".\(name).\(randomName())"
    var file = try folder.createFile(temporary, mode: mode)
    do {
      try file.setMode(mode)
      try Array(text.utf8).withUnsafeBytes { try file.write($0) }
      try file.close()
      guard renameat(folder.number, temporary, folder.number, name) == 0 else {
        throw FileError("rename to", path)
      }
    } catch {
      try? folder.remove(temporary)
      throw error
    }
  }
}
