import ArgumentParser
import CSMCore
import CSMInput
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue voice`: the voices that lines may have.
struct VoiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "voice",
    abstract: "Manage the voices that lines are spoken in.",
    discussion: """
      CSM has no voices of its own: without one, each line is spoken by a different stranger. A voice is \
      a clip of 3 to 30 s, ideally 6 to 12 s, with exactly the words spoken in it. Use only voices whose \
      speakers have agreed.

      Examples:
        csm-enqueue voice add anna anna.wav --text-file anna.txt
        csm-enqueue add night1.txt --voice anna
      """,
    subcommands: [
      VoiceAdd.self, VoiceList.self, VoiceShow.self, VoiceRemove.self, VoiceCheck.self,
    ])
}

/// `csm-enqueue voice remove`: removes voices by name.
struct VoiceRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a voice; lines that were added with it keep it.",
    discussion: """
      Example:
        csm-enqueue voice remove anna
      """)

  @Argument(
    help: ArgumentHelp("Voices.", valueName: "name"),
    completion: .custom(Completions.voices))
  var names: [String]

  func run() throws {
    var isMissing = false
    try Workplace(note: Console.note).writing { table in
      for name in names {
        if try table.removeVoice(named: SpokenText.composed(name)) {
          Console.print("\(Printable.line(name)) removed: lines that were added with it keep it")
        } else {
          Console.note("there is no voice \(Printable.line(name))")
          isMissing = true
        }
      }
    }
    if isMissing { throw ExitCode(ExitStatus.incomplete) }
  }
}
