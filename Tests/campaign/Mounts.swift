import Foundation

extension Programs {
  /// Runs one of the system's commands.
  ///
  /// - Throws: `Unfit` with what it said, when it fails.
  func command(_ words: String...) async throws {
    try await command(words)
  }

  func command(_ words: [String]) async throws {
    let name = "/tmp/csm-campaign-command-\(UInt64.random(in: 0...(.max)))"
    defer {
      for end in [".out", ".err"] { try? FileManager.default.removeItem(atPath: name + end) }
    }
    let ending = try await run(
      "/usr/bin/env", words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
      within: .seconds(60), files: name)
    guard ending.status == .exit(0) else {
      throw Unfit("\(words.joined(separator: " ")): \(ending)")
    }
  }
}
