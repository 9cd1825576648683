import Glibc

/// A text that is replaced again and again while other programs read it, such as metrics.
///
/// Readers see either the whole old text or the whole new one. It is not synced, since nobody needs it after a
/// crash.
package enum PublishedText {
  /// Replaces the text; not durable.
  package static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = try Directory(opening: slash == path.startIndex ? "/" : String(path[..<slash]))
    let name = String(path[path.index(after: slash)...])
    // The node exporter reads only names that end in .prom.
    let temporary = ".\(name).\(randomName())"
    var file = try folder.createFile(temporary, mode: mode)
    do {
      try file.setMode(mode)
      try file.write(Array(text.utf8))
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
