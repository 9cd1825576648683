import ArgumentParser

/// The daemon's command line.
@main
struct Csmd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csmd",
    abstract: "Speaks queued lines through fal, each paid for once.",
    discussion: """
      Lines are queued by csm-enqueue. Settings come from flags of csm-enqueue and csmd, the \
      environment, and /etc/csm/csm.conf, in this order; the README lists them.
      """,
    subcommands: [Run.self])
}
