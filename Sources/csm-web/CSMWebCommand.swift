import ArgumentParser
import CLinux
import CSMCore
import CSMFiles
import CSMWorkplace
import Foundation

/// Serves a page on which people watch the night, listen and decide.
@main
struct CSMWebCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csm-web",
    abstract: "Serve a page to watch the night, listen in the morning, and decide.",
    discussion: """
      Only this machine can reach the page. From another one, open a tunnel, and then the address:
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
    // One heap for all threads, so that the memory of a large report serves the next one, too.
    _ = mallopt(arena_max, 1)
    // The page needs no key, and a program without the key cannot leak it.
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
