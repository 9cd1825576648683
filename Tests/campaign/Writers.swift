import ArgumentParser
import CSMCore
import Foundation
import Simulation

/// Runs two programs that keep adding lines beside a daemon that keeps checkpointing.
///
/// In this situation, SQLite 3.7.0 to 3.51.2 may lose commits (sqlite.org/wal.html#walresetbug).
struct Writers: Campaign {
  static let configuration = CommandConfiguration(
    abstract: "Adds with two programs beside a checkpointing daemon: no commit may be lost.")

  @OptionGroup var setting: Setting

  @Option(help: "How many seconds it runs; 120, or 8 in the short form.")
  var seconds: Int?

  func tally() async throws -> Tally {
    let time: Duration = .seconds(seconds ?? (setting.short ? 8 : 120))
    return try await setting.stand(["--latency", "1ms-5ms", "--runners", "64"]) { theatre in
      let trial = Trial(name: "two writers for \(time)") { verdict in
        try await Self.race(try theatre.stage("race"), time, &verdict)
      }
      return await Tally.of([trial], width: 1)
    }
  }

  private static func race(_ stage: Stage, _ time: Duration, _ verdict: inout Verdict) async throws
  {
    // The table must exist before the daemon starts.
    _ = try await stage.enqueue("add", try stage.write("first", lines: 1).path)
    let end = ContinuousClock.now + time
    let lines = try await withThrowingTaskGroup(of: [Acknowledged].self) { group in
      group.addTask {
        let ending = try await stage.run("csmd", ["run"], within: time + .seconds(2)).ending
        guard ending.status == .late else { throw Unfit("csmd: \(ending)") }
        return []
      }
      for writer in 1...2 {
        group.addTask {
          var lines: [Acknowledged] = []
          var round = 0
          while ContinuousClock.now < end {
            round += 1
            let (path, written) = try stage.write("w\(writer)-\(round)", lines: 40)
            let ending = try await stage.enqueue("add", path)
            guard ending.status == .exit(0) else { throw Unfit("add: \(ending)") }
            lines += written
          }
          return lines
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    verdict.count("lines acknowledged", lines.count)
    verdict.count("additions", lines.count / 40)
    let findings = try stage.findings(lines)
    // The daemon was killed: a partial file may be left, and lines are unfinished.
    verdict.complaints += findings.violations.filter { !$0.contains("left over") }
  }
}
