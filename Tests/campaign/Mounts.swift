import Foundation

extension Programs {
  /// Runs a command of the system.
  ///
  /// - Throws: `Unfit` with its output if it fails.
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
