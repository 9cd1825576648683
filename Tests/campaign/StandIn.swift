import Foundation

/// A running `csm-localfal` with a ledger.
struct StandIn: Sendable {
  /// The settings that it prints for its users.
  let settings: [String: String]
  /// The path of its ledger.
  let ledger: String

  /// The key, which no file may contain; nothing else would contain it by chance.
  static let key = "c0ffee-canary-id:c0ffee-canary-secret"

  /// Runs `body` while a stand-in serves.
  ///
  /// - Parameter options: more options of `csm-localfal serve`; by default, requests are quick and the list
  ///   shows unfinished ones.
  static func serve<Value: Sendable>(
    _ programs: Programs, in folder: String, _ options: [String] = [],
    body: (StandIn) async throws -> Value
  ) async throws -> Value {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let files = "\(folder)/localfal"
    let ledger = "\(folder)/ledger.jsonl"
    let arguments =
      ["serve", "--port", "0", "--ledger", ledger, "--key", key, "--list-unfinished"]
      + (options.contains("--latency") ? [] : ["--latency", "1ms-30ms"]) + options
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await programs.serve(
          "csm-localfal", arguments, environment: ["PATH": "/usr/bin:/bin"], files: files)
      }
      defer { group.cancelAll() }
      let deadline = ContinuousClock.now + .seconds(240)
      while !Programs.text("\(files).out").contains("export FAL_KEY=") {
        guard ContinuousClock.now < deadline else {
          throw Unfit("csm-localfal does not listen: " + Programs.text("\(files).err"))
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      return try await body(
        StandIn(settings: exports(Programs.text("\(files).out")), ledger: ledger))
    }
  }

  /// Reads lines of `export NAME='VALUE'`.
  private static func exports(_ text: String) -> [String: String] {
    text.split(separator: "\n").reduce(into: [:]) { settings, line in
      let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
      guard let name = parts.first, let value = parts.last, parts.count == 2 else { return }
      settings[String(name)] = value.trimmingCharacters(in: ["'"])
    }
  }
}

/// Why a trial or a campaign cannot be run.
struct Unfit: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
