import ArgumentParser
import CSMCore
import Glibc
import Simulation

/// Kills the daemon and `add` (`kill -9`) at random moments, under load, repeatedly on the same state
/// directory.
struct RandomKills: Campaign {
  static let configuration = CommandConfiguration(
    commandName: "random-kills",
    abstract: "Kills at random moments, under load.")

  @OptionGroup var setting: Setting

  @Option(help: "How many kills; 2000, or 60 in the short form.")
  var kills: Int?

  /// How many kills a stage has before the night is finished and checked.
  private static let killsAStage = 20

  func tally() async throws -> Tally {
    let stages = max(1, (kills ?? (setting.short ? 60 : 2000)) / Self.killsAStage)
    // Silent takes are spoken again.
    let fal = ["--latency", "20ms-400ms", "--faults", "run:silent=0.1"]
    return try await setting.stand(fal) { theatre in
      let trials = (0..<stages).map { number in
        let seed = setting.seed &* 1000 &+ UInt64(number)
        return Trial(name: "stage \(number) of seed \(setting.seed)") { verdict in
          let stage = try theatre.stage("storm-\(number)", settings: ["CSM_REROLLS": "2"])
          try await Self.storm(stage, seed, &verdict)
        }
      }
      return await Tally.of(trials, width: setting.width)
    }
  }

  private static func storm(_ stage: Stage, _ seed: UInt64, _ verdict: inout Verdict) async throws {
    var generator = SeededGenerator(seed: seed)
    var lines: [Acknowledged] = []
    for round in 1...killsAStage {
      let (path, written) = try stage.write("b\(round)", lines: generator.whole(1...12))
      if generator.happens(0.3) {
        let limit: Duration = .milliseconds(generator.whole(5...80))
        let ending = try await stage.run("csm-enqueue", ["add", path], within: limit).ending
        if ending.status == .late { verdict.count("kills of add") }
      }
      // A person whose command died runs it again.
      let added = try await stage.enqueue("add", path)
      guard added.status == .exit(0) else { throw Unfit("add: \(added)") }
      lines += written
      let limit: Duration = .milliseconds(generator.whole(30...1500))
      let ending = try await stage.run("csmd", ["run"], within: limit).ending
      guard ending.status == .late else { throw Unfit("csmd: \(ending)") }
      verdict.count("kills")
    }
    try await stage.settle(lines, &verdict)
    let list = try await stage.enqueue("list", "--all", "--json")
    let again = list.stdout.split(separator: "\n").count { $0.contains("\"reroll\":true") }
    verdict.count("lines spoken again", again)
  }
}
