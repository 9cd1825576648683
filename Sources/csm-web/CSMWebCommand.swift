import ArgumentParser
import CLinux
import CSMCore
import CSMFiles
import CSMWorkplace
import Foundation

/// The page on which people watch, listen and decide.
@main
struct CSMWebCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csm-web",
    abstract: "A page to watch the night, listen in the morning, and decide.",
    discussion: """
      It is reached from this machine only. From another one, make a tunnel, and open the address there:
        ssh -L \(Serve.usualPort):127.0.0.1:\(Serve.usualPort) HOST

      It does what csm-enqueue does, with the rights of the user who runs it, and never has the key.

      Examples:
        csm-web
        csm-web --port 8331 --no-open
      """,
    version: Version.current,
    subcommands: [Serve.self, PrintAddress.self], defaultSubcommand: Serve.self)

  static func main() async {
    StandardStreams.fill()
    // One heap for all threads: what a large report used is then there for the next one.
    _ = mallopt(arena_max, 1)
    // What csm-enqueue does needs no key, and what has none cannot lose it.
    for name in ["FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"] { unsetenv(name) }
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      guard let failure = Failure(error) else { exit(withError: error) }
      for sentence in failure.sentences {
        FileHandle.standardError.write(Data("csm-web: \(sentence)\n".utf8))
      }
      exit(withError: ExitCode(failure.status.rawValue))
    }
  }
}
