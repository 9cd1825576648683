import ArgumentParser
import Foundation
import Glibc

/// `campaign`: breaks the built programs in many ways, and checks that they keep their promises.
@main
struct Campaigns: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Breaks the built programs in many ways, and checks that they keep their promises.",
    discussion: """
      Every campaign runs the csmd, csm-enqueue and csm-localfal built beside it, on real files. After \
      each trial, one checker compares the table, the store and the stand-in's ledger. Exits with 1 if \
      a promise was broken.
      """,
    subcommands: [
      CallOrder.self, Kills.self, Errors.self, RandomKills.self, FullDisk.self, Writers.self,
      PowerCuts.self, Guards.self, All.self,
    ])
}

/// One way of breaking the programs.
protocol Campaign: AsyncParsableCommand, Sendable {
  var setting: Setting { get set }

  /// Runs all trials, in the long or the short form.
  func tally() async throws -> Tally
}

extension Campaign {
  func run() async throws {
    let campaign = self
    try await untilInterrupted { try await Self.report(campaign) }
  }

  /// Runs the trials and prints the result.
  static func report(_ campaign: some Campaign) async throws {
    let name = _commandName
    say("\(name): seed \(campaign.setting.seed)\(campaign.setting.short ? ", short form" : "")")
    let clock = ContinuousClock()
    let start = clock.now
    let tally = try await campaign.tally()
    // An interrupted campaign has no result.
    try Task.checkCancellation()
    let seconds = (clock.now - start).components.seconds
    say("\(name): \(tally.line); \(seconds) s")
    if tally.failed > 0 { throw ExitCode(1) }
  }
}

/// The options of all campaigns.
struct Setting: ParsableArguments {
  @Flag(help: "Run only some of the trials; the seed decides which.")
  var short = false

  @Option(help: "The seed; the same seed repeats a campaign.")
  var seed: UInt64 = .random(in: 0...999_999)

  @Option(help: "How many trials run in parallel.")
  var width = 12

  @Option(help: "The folder for the trials' files.")
  var folder = "/tmp"

  @Option(help: "The folder of the programs to break; by default that of this program.")
  var programs = Programs.besideThisOne

  /// Runs `body` with a folder and a stand-in for fal of its own, and removes the folder afterwards.
  func stand<Value: Sendable>(
    _ options: [String] = [], body: (Theatre) async throws -> Value
  ) async throws -> Value {
    let place = "\(folder)/csm-campaign-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    defer { try? FileManager.default.removeItem(atPath: place) }
    let programs = Programs(folder: programs)
    return try await StandIn.serve(programs, in: "\(place)/fal", options) { fal in
      try await body(Theatre(folder: place, programs: programs, fal: fal))
    }
  }
}

/// A folder for stages, and the stand-in for fal that serves all of them.
struct Theatre: Sendable {
  let folder: String
  let programs: Programs
  let fal: StandIn

  func stage(
    _ name: String, state: String? = nil, settings: [String: String] = [:]
  ) throws -> Stage {
    try Stage(name, in: folder, programs, fal, state: state, settings: settings)
  }
}

/// Prints a line without buffering, so that a campaign that is interrupted has shown its findings.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}
