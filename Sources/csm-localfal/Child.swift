import Foundation
import Subprocess
import SystemPackage

/// Runs another program of this project.
struct Child: Sendable {
  /// Environment variables in addition to those of this process.
  let settings: [(name: String, value: String)]

  /// The folder of this program and the others.
  static var folder: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .path
  }

  /// Runs the program `name`; returns its exit code, or 128 plus the signal that killed it.
  ///
  /// Its standard error goes to `log`. On cancellation, it is sent SIGTERM, and killed after 10 s.
  ///
  /// - Parameter isQuiet: whether to discard its standard output.
  func run(
    _ name: String, _ arguments: [String], log: FileDescriptor = .standardError,
    isQuiet: Bool = false
  ) async throws -> Int32 {
    let folder = Self.folder
    guard FileManager.default.isExecutableFile(atPath: folder + "/" + name) else {
      throw MissingProgram(name: name, folder: folder)
    }
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
    let program = FilePath(folder + "/" + name)
    let status =
      isQuiet
      ? try await Subprocess.run(
        .path(program), arguments: Arguments(arguments), environment: environment,
        platformOptions: options, output: .discarded,
        error: .fileDescriptor(log, closeAfterSpawningProcess: false)
      ).terminationStatus
      : try await Subprocess.run(
        .path(program), arguments: Arguments(arguments), environment: environment,
        platformOptions: options, output: .currentStandardOutput,
        error: .fileDescriptor(log, closeAfterSpawningProcess: false)
      ).terminationStatus
    return switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }

  private var environment: Environment {
    let variables = settings.compactMap { name, value in
      Environment.Key(rawValue: name).map { ($0, value as String?) }
    }
    return .inherit.updating(Dictionary(variables) { _, last in last })
  }
}

/// A program that is not in the folder of this one.
struct MissingProgram: Error, CustomStringConvertible {
  let name: String
  let folder: String

  var description: String { "\(name) is not in \(folder); build the whole package first" }
}
