import Foundation
import Glibc
import Testing

@testable import CSMFiles

/// A temporary folder for one test, removed with its contents.
final class TemporaryFolder: Sendable {
  /// Its absolute path, without symbolic links.
  let path: String

  init() throws {
    var template = Array("/tmp/csm-files.XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of an entry.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in a subfolder, sorted.
  func names(_ name: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self(name)).sorted()
  }

  /// The bytes of a file.
  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: self(name))))
  }

  /// Writes a file.
  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
  }

  /// The permission bits of an entry.
  func mode(_ name: String) throws -> mode_t {
    var status = stat()
    try #require(lstat(self(name), &status) == 0)
    return status.st_mode & 0o7777
  }
}

/// Runs `body` under a umask.
///
/// It belongs to the whole process, so only one test at a time may set it.
func withUmask<Result>(_ mask: mode_t, _ body: () throws -> Result) rethrows -> Result {
  umaskTurn.lock()
  defer { umaskTurn.unlock() }
  let before = umask(mask)
  defer { umask(before) }
  return try body()
}

private let umaskTurn = NSLock()

/// Runs a program to its end and returns its exit code; 127 if there is no such program.
@discardableResult
func run(_ program: String, _ arguments: String...) -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  do { try process.run() } catch { return 127 }
  process.waitUntilExit()
  return process.terminationStatus
}

/// A file system mounted on a folder of a test.
final class Mount: Sendable {
  private let path: String
  // Kept, so that it is only removed after unmounting.
  private let folder: TemporaryFolder

  /// Whether this process has the right to mount.
  static let isPermitted: Bool = {
    guard let folder = try? TemporaryFolder(), geteuid() == 0 else { return false }
    return (try? Mount("tmpfs", "size=64k", on: ".", in: folder)) != nil
  }()

  /// Mounts a new file system on a subfolder of a test's folder.
  init(
    _ kind: String, _ options: String, from source: String = "none",
    on name: String, in folder: TemporaryFolder
  ) throws {
    self.folder = folder
    path = folder(name)
    try #require(run("/bin/mount", "-t", kind, "-o", options, source, path) == 0)
  }

  deinit {
    run("/bin/umount", "-l", path)
  }
}
