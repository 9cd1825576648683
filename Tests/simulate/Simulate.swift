import ArgumentParser
import Foundation
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
      if verbose { write("seed \(report.seed): \(report.trace)") }
      for complaint in report.complaints.prefix(5) { write("seed \(report.seed): \(complaint)") }
      if !report.complaints.isEmpty { write("  again: \(report.command)") }
    }
    write("\(summary)")
    if failed > 0 { throw ExitCode(1) }
  }

  /// At once, so that a long campaign tells what it finds even if it is cut short.
  private func write(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}
