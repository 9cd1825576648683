import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// Options that select lines, as they are now.
///
/// A number is the line with that id or, if there is none, the job with that number. `BATCH:7` is always a
/// line, and `--job 7` always a job.
struct LineOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Lines by id, such as L0007 or night1:L0007, or by a pattern in quotes, such as 'night1:L00*'. A number "
        + "that is not the id of a line is the number of a job.", valueName: "id"),
    completion: .custom(Completions.lines))
  var ids: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("The job with this number; may be repeated.", valueName: "number"))
  var job: [Int64] = []

  @Option(help: "Only lines of this batch.", completion: .custom(Completions.batches))
  var batch: String?

  @Option(
    parsing: .singleValue,
    help: "Only lines in this state, such as FAILED; may be repeated.")
  var state: [JobState.Name] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Only lines of this speaker, by the name in the file; may be repeated.", valueName: "name"))
  var speaker: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Only lines in this voice, or - for those without one; may be repeated.", valueName: "name"),
    completion: .custom(Completions.voices))
  var voice: [String] = []

  @Option(
    help: ArgumentHelp("Only lines with this error, such as rejected.", valueName: "kind"))
  var error: String?

  @Option(
    parsing: .singleValue,
    help:
      "Only lines whose audio has this mark, such as silent, or any bad or odd one; may be repeated."
  )
  var check: [String] = []

  @Option(help: "Only lines whose text contains this.")
  var text: String?

  func validate() throws {
    for name in check where !AudioMark.names.contains(name) {
      throw ValidationError(
        "--check must be one of \(AudioMark.names.joined(separator: ", ")), not \(name)")
    }
    guard text != "" else {
      throw ValidationError("--text is empty and matches every line: give a part of the text")
    }
  }

  /// Throws if nothing is selected, which would mean all lines.
  func demandSome() throws {
    guard selection.isEmpty else { return }
    throw ValidationError("say which lines: an id, --batch, --state, --text or another filter")
  }

  /// The lines that a command changes; an id that several batches have is an error.
  var selection: Selection {
    var selection = Selection()
    selection.mayNameSeveral = false
    selection.ids = ids
    selection.jobs = job
    selection.batch = batch
    selection.states = Set(state)
    selection.text = text
    selection.speakers = speaker
    selection.voices = voice
    selection.errorClass = error
    selection.checks = Set(check)
    return selection
  }
}

extension LineOptions {
  /// Names unknown ids, and throws an exit code if nothing matches.
  ///
  /// - Parameters:
  ///   - selected: lines or jobs that match.
  ///   - unknown: ids that name nothing.
  static func demandMatch(_ selected: Int, _ unknown: [JobTable.UnknownID]) throws {
    for unknown in unknown { Console.note(Printable.line(unknown.sentence)) }
    guard selected == 0 else { return }
    if unknown.isEmpty { Console.note("no line matches") }
    throw ExitCode(ExitStatus.incomplete)
  }
}

/// Whether a command is about lines as they are now, or about their former versions.
///
/// A group beside `LineOptions`, not around it: a debug build checks the groups in a group many times over.
struct AgeOptions: ParsableArguments {
  @Flag(
    help: "Select former versions: earlier words, other takes, and lines removed from their file.")
  var former = false

  func selection(of lines: LineOptions) -> Selection {
    var selection = lines.selection
    if former { selection.age = .former }
    return selection
  }
}

extension JobState.Name: ExpressibleByArgument {
  /// Accepts a state's name in any case, and with `-` for `_`.
  public init?(argument: String) {
    self.init(rawValue: argument.uppercased().replacing("-", with: "_"))
  }
}
