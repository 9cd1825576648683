import ArgumentParser
import CSMCore
import CSMDaemon
import CSMFiles
import Glibc

/// The daemon's command line.
@main
struct Csmd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csmd",
    abstract: "Speak queued lines through fal, and pay for each only once.",
    discussion: """
      Lines are queued by csm-enqueue. Settings come from the environment, then from \
      /etc/csm/csm.conf; "csm-enqueue help settings" explains them.

      Examples:
        csmd check
        csmd run --until-idle
      """,
    version: Version.current,
    subcommands: [Run.self, Check.self])

  static func main() async {
    StandardStreams.fill()
    forbidCoreDumps()
    LargeBlocks.giveBack()
    await main(nil)
  }

  /// Keeps the key, which is in memory, from being written to disk.
  private static func forbidCoreDumps() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &none)
  }
}
