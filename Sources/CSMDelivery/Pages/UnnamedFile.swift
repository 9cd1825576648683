import CSMFiles
import Foundation

/// Lines of text that are kept for later in an unnamed temporary file.
///
/// They take no memory, and are gone when the value is.
package final class UnnamedFile {
  private let file: UnsafeMutablePointer<FILE>
  private static let place = "a temporary file in /tmp"

  package init() throws {
    guard let file = tmpfile() else { throw FileError("create", Self.place) }
    self.file = file
  }

  deinit { fclose(file) }

  /// Adds a line, which must not contain a line break.
  package func append(_ line: String) throws {
    let bytes = Array("\(line)\n".utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw FileError("write", Self.place)
    }
  }

  /// Calls `body` for each line, in order.
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
