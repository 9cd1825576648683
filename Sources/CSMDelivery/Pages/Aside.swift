import CSMFiles
import Foundation

/// Lines of text that are put aside until their turn comes, in a file without a name: they take no
/// memory, and are gone with the value.
package final class Aside {
  private let file: UnsafeMutablePointer<FILE>
  private static let place = "a temporary file in /tmp"

  package init() throws {
    guard let file = tmpfile() else { throw FileError("create", Self.place) }
    self.file = file
  }

  deinit { fclose(file) }

  /// Puts a line aside, which has no end of line in it.
  package func append(_ line: String) throws {
    let bytes = Array("\(line)\n".utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw FileError("write", Self.place)
    }
  }

  /// Hands over all lines in their order.
  package func each(_ body: (String) throws -> Void) throws {
    guard fflush(file) == 0 else { throw FileError("write", Self.place) }
    rewind(file)
    var line: UnsafeMutablePointer<CChar>?
    var room = 0
    defer { free(line) }
    while true {
      let count = getline(&line, &room, file)
      guard count > 0, let line else { break }
      try body(
        String(decoding: UnsafeRawBufferPointer(start: line, count: count - 1), as: UTF8.self))
    }
    guard ferror(file) == 0 else { throw FileError("read", Self.place) }
  }
}
