import ArgumentParser
import CSMCore
import Foundation
import Simulation

/// Cuts the power at any moment: everything that is not on disk is lost.
///
/// The disk is an image with its own file system. At a cut, the programs are killed, and a reflink copies the
/// image as it is then, without what only the page cache holds. The next round uses the copy. The stand-in
/// for fal runs outside the disk and keeps what it accepted.
struct PowerCuts: Campaign {
  static let configuration = CommandConfiguration(
    commandName: "power-cuts",
    abstract: "Cuts the power at random moments, on ext4, xfs and btrfs.")

  @OptionGroup var setting: Setting

  @Option(help: "How many cuts in total; 201, or 6 in the short form.")
  var cuts: Int?

  private static let kinds: [(name: String, format: [String])] = [
    ("ext4", ["mkfs.ext4", "-q", "-F"]), ("xfs", ["mkfs.xfs", "-q", "-f"]),
    ("btrfs", ["mkfs.btrfs", "-q", "-f"]),
  ]

  func tally() async throws -> Tally {
    let cuts = (self.cuts ?? (setting.short ? 6 : 201)) / Self.kinds.count
    return try await setting.stand(["--latency", "20ms-300ms"]) { theatre in
      let host = "\(theatre.folder)/host"
      let programs = theatre.programs
      do {
        try await programs.attach(
          "\(theatre.folder)/host.img", "6G", ["mkfs.xfs", "-q", "-f", "-m", "reflink=1"], at: host)
      } catch {
        say("power-cuts: SKIPPED, because no image can be mounted here: \(error)")
        return Tally()
      }
      let trials = Self.kinds.enumerated().map { number, kind in
        Trial(name: "\(kind.name), seed \(setting.seed)") { verdict in
          let seed = setting.seed &* 10 &+ UInt64(number)
          try await Self.life(theatre, host, kind, cuts, seed, &verdict)
        }
      }
      let tally = await Tally.of(trials, width: setting.width)
      try await undisturbed { try await programs.command("umount", "-l", host) }
      return tally
    }
  }

  private static func life(
    _ theatre: Theatre, _ host: String, _ kind: (name: String, format: [String]), _ cuts: Int,
    _ seed: UInt64, _ verdict: inout Verdict
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let disk = Disk(
      image: "\(host)/\(kind.name).img", mount: "\(theatre.folder)/disk-\(kind.name)",
      programs: theatre.programs)
    try await theatre.programs.attach(disk.image, "512M", kind.format, at: disk.mount)
    let stage = try theatre.stage(
      kind.name, state: "\(disk.mount)/state", settings: ["CSM_UNKNOWN_GRACE": "20s"])
    do {
      let (path, first) = try stage.write("first", lines: 1)
      let added = try await stage.enqueue("add", path)
      guard added.status == .exit(0) else { throw Unfit("add: \(added)") }
      var lines = first
      for cut in 1...cuts {
        lines += try await disk.work(stage, cut, for: .milliseconds(generator.whole(100...2500)))
        try await disk.cut()
        // A tmpfs does not survive a power cut.
        try FileManager.default.removeItem(atPath: stage.fast)
        try FileManager.default.createDirectory(
          atPath: stage.fast, withIntermediateDirectories: true)
        verdict.count("cuts on \(kind.name)")
        verdict.complaints += try stage.findings(lines).violations
          .filter { !$0.contains("left over") }.map { "cut \(cut): \($0)" }
      }
      verdict.count("lines acknowledged", lines.count)
      try await stage.settle(lines, &verdict)
    } catch {
      verdict.complaints.append("it ended with an error: \(error)")
    }
    try await undisturbed { try await disk.programs.command("umount", "-l", disk.mount) }
  }
}

/// An image with a file system, mounted.
private struct Disk {
  let image: String
  let mount: String
  let programs: Programs

  /// Runs the daemon and two people who add lines, for `time`.
  ///
  /// - Returns: the lines that were acknowledged.
  func work(_ stage: Stage, _ cut: Int, for time: Duration) async throws -> [Acknowledged] {
    let end = ContinuousClock.now + time
    return try await withThrowingTaskGroup(of: [Acknowledged].self) { group in
      group.addTask {
        _ = try await stage.run("csmd", ["run"], within: time)
        return []
      }
      for person in 1...2 {
        group.addTask {
          var lines: [Acknowledged] = []
          var round = 0
          while ContinuousClock.now < end {
            round += 1
            let (path, written) = try stage.write("c\(cut)-p\(person)-\(round)", lines: 5)
            let rest = end - ContinuousClock.now
            let ending = try await stage.run("csm-enqueue", ["add", path], within: rest).ending
            if ending.status == .late { break }
            guard ending.status == .exit(0) else { throw Unfit("add: \(ending)") }
            lines += written
            try await Task.sleep(for: .milliseconds(50))
          }
          return lines
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// Replaces the disk with a copy of the image as it is now.
  func cut() async throws {
    try await programs.command("cp", "--reflink=always", image, "\(image).cut")
    try await programs.command("umount", mount)
    try await programs.command("mv", "\(image).cut", image)
    try await programs.command("mount", "-o", "loop", image, mount)
  }
}

extension Programs {
  /// Makes an image with a file system and mounts it.
  fileprivate func attach(
    _ image: String, _ size: String, _ format: [String], at mount: String
  ) async throws {
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    try await command("truncate", "-s", size, image)
    try await command(format + [image])
    try await command("mount", "-o", "loop", image, mount)
  }
}
