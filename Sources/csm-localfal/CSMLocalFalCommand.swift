import ArgumentParser
import CSMCore

/// A stand-in for fal on loopback.
@main
struct CSMLocalFalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csm-localfal",
    abstract: "A stand-in for fal on this machine: for demos, rehearsals, tests and benchmarks.",
    discussion: """
      Examples:
        csm-localfal demo
        csm-localfal serve --port 8888 > /tmp/localfal.sh
      """,
    version: Version.current,
    subcommands: [Serve.self, Demo.self])
}
