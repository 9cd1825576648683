import ArgumentParser
import CSMCore
import CSMDaemon
import CSMFiles

/// The daemon's command line.
@main
struct Csmd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csmd",
    abstract: "Speaks queued lines through fal, each paid for once.",
    discussion: """
      Lines are queued by csm-enqueue. Settings come from the environment, then from \
      /etc/csm/csm.conf, which lists them.
      """,
    version: Version.current,
    subcommands: [Run.self, Check.self])

  static func main() async {
    StandardStreams.fill()
    LargeBlocks.giveBack()
    await main(nil)
  }
}
