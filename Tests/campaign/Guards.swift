import ArgumentParser
import Foundation
import Glibc

/// Tests the tests: removes one guard at a time from the sources, builds them, and checks that a test fails.
///
/// The sources stay unchanged. Each guard is removed in an overlay of the folder, in a private mount
/// namespace, so that the build compiles only what depends on the change.
struct Guards: Campaign {
  static let configuration = CommandConfiguration(
    abstract: "Removes one guard at a time, and checks that a test fails.",
    discussion: """
      Takes minutes per guard, and needs the right to mount. The short form only checks that each guard \
      is still in the sources as the table has it.
      """)

  @OptionGroup var setting: Setting

  @Option(help: "The folder of the package, built with its tests.")
  var package = FileManager.default.currentDirectoryPath

  @Option(help: "Only guards whose names contain this.")
  var only: String?

  func tally() async throws -> Tally {
    let guards = Guard.all.filter { only == nil || $0.name.contains(only ?? "") }
    let place = "\(setting.folder)/csm-campaign-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: place) }
    let trials = guards.enumerated().map { number, item in
      Trial(name: item.name) { verdict in
        let folder = "\(place)/\(number)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = try without(item)
        if setting.short { return verdict.count("in place") }
        verdict.complaints += try await fall(of: item, to: source, in: folder)
        verdict.count(verdict.complaints.isEmpty ? "caught" : "not caught")
        say("  \(verdict.complaints.isEmpty ? "red" : "NOT RED"): without \(item.name)")
      }
    }
    return await Tally.of(trials, width: 1)
  }

  /// The source text without the guard.
  private func without(_ item: Guard) throws -> String {
    let source = try String(contentsOfFile: "\(package)/\(item.file)", encoding: .utf8)
    guard source.ranges(of: item.text).count == 1 else {
      throw Unfit("\(item.file) does not contain exactly once: \(item.text)")
    }
    return source.replacing(item.text, with: item.without)
  }

  /// Builds and tests without a guard; complains if the test passes.
  private func fall(
    of item: Guard, to source: String, in folder: String
  ) async throws -> [String] {
    let changed = "\(folder)/upper/\(item.file)"
    for path in ["\(folder)/work", (changed as NSString).deletingLastPathComponent] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try source.write(toFile: changed, atomically: true, encoding: .utf8)
    let built = try await inside(folder, item.proof.build, within: .seconds(1200))
    guard built.status == .exit(0) else {
      return ["it cannot be built: \(built.stdout.suffix(2000))"]
    }
    let proof = try await inside(folder, item.proof.command, within: .seconds(600))
    switch proof.status {
    case .exit(0): return ["\(item.proof.command) stays green"]
    case .exit, .signal, .late: return []
    }
  }

  /// Runs a command in the folder of the package, overlaid with the change.
  private func inside(
    _ folder: String, _ command: String, within limit: Duration
  ) async throws -> Ending {
    let script = """
      mount --make-rprivate / &&
      mount -t overlay overlay \
        -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work,index=off,xino=off" "$1" &&
      cd "$1" && exec sh -c "$3"
      """
    return try await Programs(folder: setting.programs).run(
      "/usr/bin/unshare", ["-m", "sh", "-c", script, "sh", package, folder, command],
      environment: ProcessInfo.processInfo.environment, within: limit, files: "\(folder)/proof")
  }
}

extension Guard.Proof {
  fileprivate var build: String {
    switch self {
    case .tests: "swift build --build-tests"
    case .campaign: "swift build --product csmd && swift build --product csm-enqueue"
    }
  }

  fileprivate var command: String {
    switch self {
    case .tests(let filter): "swift test --skip-build --filter '\(filter)'"
    case .campaign(let words): ".build/debug/campaign \(words)"
    }
  }
}
