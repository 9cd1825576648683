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
      Every campaign runs csmd, csm-enqueue and csm-localfal as they are built beside it, on real \
      files. After each trial one checker joins the table, the store and the stand-in's ledger. \
      Exits with 1 where a promise was broken.
      """,
    subcommands: [
      CallOrder.self, Kills.self, Errors.self, RandomKills.self, FullDisk.self, Writers.self,
      PowerCuts.self, Guards.self, All.self,
    ])
}

/// One way of breaking the programs.
protocol Campaign: AsyncParsableCommand {
  var setting: Setting { get set }

  /// Makes all trials of the form that is set.
  func tally() async throws -> Tally
}

extension Campaign {
  func run() async throws {
    try await Self.report(self)
  }

  /// Makes the trials and says what they came to.
  static func report(_ campaign: some Campaign) async throws {
    let name = _commandName
    say("\(name): seed \(campaign.setting.seed)\(campaign.setting.short ? ", short form" : "")")
    let clock = ContinuousClock()
    let start = clock.now
    let tally = try await campaign.tally()
    let seconds = (clock.now - start).components.seconds
    say("\(name): \(tally.line); \(seconds) s")
    if tally.failed > 0 { throw ExitCode(1) }
  }
}

/// What all campaigns let themselves be told.
struct Setting: ParsableArguments {
  @Flag(help: "The form for every day: a few of the trials, others with each seed.")
  var short = false

  @Option(help: "Makes what is drawn repeatable.")
  var seed: UInt64 = .random(in: 0...999_999)

  @Option(help: "Trials at the same time.")
  var width = 12

  @Option(help: "Where the trials' files go.")
  var folder = "/tmp"

  @Option(help: "The folder of the programs to break; by default the one of this program.")
  var programs = Programs.besideThisOne

  /// Runs `body` in a folder of its own, with a stand-in of fal; all of it is gone afterwards.
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

/// A folder for stages, with a stand-in of fal that serves all of them.
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

/// Prints a line at once, so that a long campaign tells what it finds even if it is cut short.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}
