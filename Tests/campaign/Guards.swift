import ArgumentParser
import Foundation
import Glibc

/// Takes one guard after the other out of the sources, builds them, and shows that something turns red:
/// this is how the tests and the campaigns prove themselves.
///
/// The sources stay as they are: each guard falls in an overlay of the folder, in a mount namespace that
/// nobody else sees, so that only what depends on the change is built again.
struct Guards: Campaign {
  static let configuration = CommandConfiguration(
    abstract: "Takes out one guard at a time, and shows that something turns red.",
    discussion: """
      Takes minutes a guard, and the right to mount. The short form only sees that each guard still \
      stands where the table has it.
      """)

  @OptionGroup var setting: Setting

  @Option(help: "The folder of the package, built with its tests.")
  var package = FileManager.default.currentDirectoryPath

  @Option(help: "Only guards whose names hold this.")
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

  /// The source without the guard.
  private func without(_ item: Guard) throws -> String {
    let source = try String(contentsOfFile: "\(package)/\(item.file)", encoding: .utf8)
    guard source.ranges(of: item.text).count == 1 else {
      throw Unfit("\(item.file) does not hold, or holds more than once: \(item.text)")
    }
    return source.replacing(item.text, with: item.without)
  }

  /// Takes a guard out and gives what is wrong, if nothing turns red.
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

  /// Runs a command in the folder of the package as it looks without the guard.
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
