import ArgumentParser
import Simulation

/// `simulate`: many runs of the daemon in virtual time, one a seed.
@main
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the daemon in virtual time against faults, crashes and people.",
    discussion: "Prints what was run; exits with 1 where a run broke a promise.")

  @Option(help: "The first seed.")
  var first: UInt64 = 1

  @Option(help: "How many runs, each with the next seed.")
  var runs: UInt64 = 10_000

  @Option(help: "Jobs a run.")
  var jobs = 200

  @Option(help: "Runs at the same time.")
  var width = 2

  @Option(help: "Where the runs' files go: best a tmpfs.")
  var folder = "/dev/shm"

  @Flag(help: "Leave the runs' files in the folder.")
  var keep = false

  @Flag(help: "One line a run.")
  var verbose = false

  func run() async throws {
    let campaign = Campaign(jobs: jobs, folder: folder, keepsFiles: keep)
    let (summary, failed) = await campaign.run(first..<first + runs, width: width) { report in
      if verbose { print(report.seed, report.trace, report.states) }
      for complaint in report.complaints.prefix(5) { print("seed \(report.seed): \(complaint)") }
      if !report.complaints.isEmpty { print("  again: \(report.command)") }
    }
    print(summary)
    if failed > 0 { throw ExitCode(1) }
  }
}
