import ArgumentParser
import CSMCore
import CSMFiles
import CSMWorkplace

/// The command line of the queue: everything that a person does.
@main
struct CsmEnqueue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csm-enqueue",
    abstract: "Queue lines of text to be spoken overnight, and follow each of them.",
    discussion: """
      csmd does the work; it need not be running when lines are added. csm-enqueue FILE means csm-enqueue \
      add FILE.

      Queue, audio and history are in the state directory: CSM_STATE_DIR, else /var/lib/csm if you can use \
      it, else ~/.local/state/csm. csmd and csm-enqueue must use the same one.

      Examples:
        csm-enqueue voice add anna anna.wav --text-file anna.txt
        csm-enqueue add night1.txt --voice anna
        csm-enqueue watch night1
        csm-enqueue export night1 --to out

      \(ExitStatus.summary)

      Topics, for csm-enqueue help:
      \(HelpTopic.list)
      """,
    version: Version.current,
    subcommands: [
      Add.self, List.self, Status.self, Show.self, Watch.self, Wait.self, Retry.self, Reroll.self,
      Pick.self, Accept.self, Edit.self, Cancel.self, Pause.self, Resume.self, Budget.self,
      Cost.self,
      Report.self, Export.self,
      VoiceCommand.self,
      Review.self, Decide.self, Backup.self, Restore.self, Verify.self, GC.self,
      MetricsCommand.self,
    ])

  static func main() {
    StandardStreams.fill()
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    var code: Int32 = 0
    do {
      let arguments = try FirstWord.completed(
        Array(CommandLine.arguments.dropFirst()), commands: names)
      var command = try HelpTopic.command(arguments) ?? parseAsRoot(arguments)
      try command.run()
    } catch {
      code = explain(error)
    }
    if let error = Console.finish() {
      Console.complain(["\(error)"])
      code = ExitStatus.inputOutput.rawValue
    }
    exit(withError: ExitCode(code))
  }

  /// Prints why a command ended early, or the help that was asked for.
  ///
  /// - Returns: the exit code.
  private static func explain(_ error: any Error) -> Int32 {
    if let failure = Failure(error) {
      Console.complain(failure.sentences)
      return failure.status.rawValue
    }
    let (message, code) = (fullMessage(for: error), exitCode(for: error).rawValue)
    if !message.isEmpty { code == 0 ? Console.print(message) : Console.note(message) }
    return code
  }
}
