import CSMCore
import Foundation
import Glibc
import Testing

/// A temporary folder for one test, removed with its contents.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/csm-sqlite.XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of a file in the folder.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// A `WriteLock` among threads and processes: `flock(2)` on a file that each caller opens for itself.
struct FileLock: WriteLock {
  let path: String

  func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    try #require(flock(file, LOCK_EX) == 0)
    return try body()
  }

  /// Whether the lock is held.
  var isHeld: Bool {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) != 0
  }
}
