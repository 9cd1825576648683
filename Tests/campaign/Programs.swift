import Foundation
import Subprocess
import SystemPackage

/// How a program ended.
struct Ending: Sendable, CustomStringConvertible {
  enum Status: Sendable, Hashable {
    case exit(Int32)
    case signal(Int32)
    /// It was killed because its time was up.
    case late
  }

  let status: Status
  let stdout: String
  let stderr: String

  var description: String { "\(status): \(stderr.suffix(600))" }
}

/// The built programs, and how to run them.
struct Programs: Sendable {
  /// The folder of the programs.
  let folder: String

  /// The path of the library that strikes at system calls.
  var faults: String { "\(folder)/libCFaults.so" }

  /// The folder that this program is in.
  static var besideThisOne: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
  }

  /// Runs a program to its end, or kills it (SIGKILL) after `limit`.
  ///
  /// - Parameter files: the path for its output, to which `.out` and `.err` are appended.
  func run(
    _ name: String, _ arguments: [String], environment: [String: String],
    within limit: Duration, files: String
  ) async throws -> Ending {
    let status = try await withThrowingTaskGroup(of: Ending.Status.self) { group in
      group.addTask { try await start(name, arguments, environment, files) }
      group.addTask {
        try await Task.sleep(for: limit)
        return .late
      }
      defer { group.cancelAll() }
      return try await group.next() ?? .late
    }
    return Ending(
      status: status, stdout: Self.text("\(files).out"), stderr: Self.text("\(files).err"))
  }

  /// Runs a program until its task is cancelled.
  func serve(
    _ name: String, _ arguments: [String], environment: [String: String], files: String
  ) async throws {
    _ = try await start(name, arguments, environment, files)
  }

  private func start(
    _ name: String, _ arguments: [String], _ environment: [String: String], _ files: String
  ) async throws -> Ending.Status {
    var options = PlatformOptions()
    // Cancelling sends SIGKILL immediately.
    options.teardownSequence = []
    let variables = environment.compactMap { name, value in
      Environment.Key(rawValue: name).map { ($0, value) }
    }
    let outcome = try await Subprocess.run(
      .path(FilePath(name.hasPrefix("/") ? name : "\(folder)/\(name)")),
      arguments: Arguments(arguments),
      environment: .custom(Dictionary(variables) { _, last in last }),
      platformOptions: options,
      output: .fileDescriptor(try Self.create("\(files).out"), closeAfterSpawningProcess: true),
      error: .fileDescriptor(try Self.create("\(files).err"), closeAfterSpawningProcess: true))
    return switch outcome.terminationStatus {
    case .exited(let code): .exit(code)
    case .signaled(let signal): .signal(signal)
    }
  }

  private static func create(_ path: String) throws -> FileDescriptor {
    try .open(
      path, .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
      permissions: .ownerReadWrite)
  }

  /// The text of a file; empty if it does not exist.
  static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
