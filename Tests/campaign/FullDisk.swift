import ArgumentParser
import CSMCore
import Foundation
import Simulation

/// Fills the disk at any moment and frees it again.
///
/// The daemon must stay up, say why it waits, and then finish everything without paying twice.
struct FullDisk: Campaign {
  static let configuration = CommandConfiguration(
    commandName: "full-disk",
    abstract: "Fills the disk at any moment, and frees it again.")

  @OptionGroup var setting: Setting

  /// The size of the tmpfs; more than the space at which the daemon opens its gate.
  private static let size = "80m"

  func tally() async throws -> Tally {
    let options = ["--latency", "50ms-500ms", "--audio-bytes", "60000-900000"]
    return try await setting.stand(options) { theatre in
      let trials = (0..<(setting.short ? 8 : 80)).map { number in
        Trial(name: "trial \(number) of seed \(setting.seed)") { verdict in
          let seed = setting.seed &* 1000 &+ UInt64(number)
          try await Self.trial(try theatre.stage("disk-\(number)"), number, seed, &verdict)
        }
      }
      do {
        try await Self.mount(try theatre.stage("probe")) { _ in }
      } catch {
        say("full-disk: SKIPPED, because no tmpfs can be mounted here: \(error)")
        return Tally()
      }
      return await Tally.of(trials, width: setting.width)
    }
  }

  private static func mount(
    _ stage: Stage, body: (String) async throws -> Void
  ) async throws {
    try FileManager.default.createDirectory(
      atPath: stage.state, withIntermediateDirectories: true)
    try await stage.programs.command(
      "mount", "-t", "tmpfs", "-o", "size=\(size)", "csm", stage.state)
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(stage.state))
    } catch {
      result = .failure(error)
    }
    try await undisturbed { try await stage.programs.command("umount", "-l", stage.state) }
    try result.get()
  }

  private static func trial(
    _ stage: Stage, _ number: Int, _ seed: UInt64, _ verdict: inout Verdict
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let (path, lines) = try stage.write("b", lines: 6)
    try await mount(stage) { state in
      let room = number.isMultiple(of: 2) ? generator.whole(0...40) << 12 : 0
      let ballast = Ballast(path: "\(state)/quarantine", room: room)
      if number % 4 == 0 {
        try ballast.fill()
        let refused = try await stage.enqueue("add", path)
        if refused.status != .exit(74), refused.status != .exit(0) {
          verdict.complaints.append("add on a full disk: \(refused)")
        }
        try ballast.drop()
      }
      let added = try await stage.enqueue("add", path)
      guard added.status == .exit(0) else { throw Unfit("add: \(added)") }
      if number % 4 == 1 { try ballast.fill() }
      let delay: Duration = .milliseconds(generator.whole(20...2500))
      let length: Duration = .milliseconds(generator.whole(1000...4000))
      async let night = stage.night(within: .seconds(240))
      if number % 4 != 1 {
        try await Task.sleep(for: delay)
        try ballast.fill()
      }
      try await Task.sleep(for: length)
      try ballast.drop()
      let ending = try await night
      if ending.stderr.contains("disk") || ending.stderr.contains("No space") {
        verdict.count("said so")
      }
      if ending.status != .exit(0) { verdict.complaints.append("the night: \(ending)") }
      try await stage.settle(lines, &verdict)
    }
  }
}

/// A file that fills the disk, except for a little space.
private struct Ballast {
  let path: String
  /// How many bytes stay free.
  let room: Int

  init(path: String, room: Int) {
    self.path = path
    self.room = room
  }

  private var file: String { "\(path)/ballast" }

  func fill() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let number = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw Unfit("no ballast: \(String(cString: strerror(errno)))") }
    defer { close(number) }
    let bytes = [UInt8](repeating: 0, count: 1 << 20)
    var size = 0
    // Large pieces first, then smaller ones, until nothing more fits.
    for piece in [bytes.count, 4096, 1] {
      while true {
        let count = pwrite(number, bytes, piece, off_t(size))
        guard count > 0 else { break }
        size += count
      }
    }
    guard ftruncate(number, off_t(max(0, size - room))) == 0 else { throw Unfit("no ballast") }
  }

  func drop() throws {
    guard unlink(file) == 0 else { throw Unfit("the ballast stays") }
  }
}
