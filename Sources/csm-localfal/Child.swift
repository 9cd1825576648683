import Foundation

/// A program of this project that runs beside this one.
struct Child: Sendable {
  let environment: [String: String]

  /// Runs `name` from the folder of this program; returns its exit code.
  ///
  /// Its standard error goes to `log` where that is set. Cancelling sends it SIGTERM and waits.
  func run(_ name: String, _ arguments: [String], log: FileHandle? = nil) async throws -> Int32 {
    let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let process = Process()
    process.executableURL = folder.appendingPathComponent(name)
    process.arguments = arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    if let log { process.standardError = log }
    guard FileManager.default.isExecutableFile(atPath: folder.path + "/" + name) else {
      throw MissingProgram(name: name, folder: folder.path)
    }
    try Task.checkCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { done in
        process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
        do {
          try process.run()
          if Task.isCancelled { process.terminate() }
        } catch {
          process.terminationHandler = nil
          done.resume(throwing: error)
        }
      }
    } onCancel: {
      if process.isRunning { process.terminate() }
    }
  }
}

/// A program that is not where this one is.
struct MissingProgram: Error, CustomStringConvertible {
  let name: String
  let folder: String

  var description: String { "\(name) is not in \(folder); build the whole package first" }
}
