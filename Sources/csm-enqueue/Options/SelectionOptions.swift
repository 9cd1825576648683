import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// Which lines a command is about, as they are now.
///
/// A number is the line of that id where there is one, and else the job of that number; `BATCH:7` is
/// always a line, and `--job 7` always a job.
struct LineOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Ids of lines; BATCH:LINE names a line of one batch. A number that is no line's id is a job's.",
      valueName: "id"))
  var ids: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("The job of this number; may be given several times.", valueName: "number"))
  var job: [Int64] = []

  @Option(help: "Only lines of this batch.")
  var batch: String?

  @Option(
    parsing: .singleValue,
    help: "Only lines in this state, such as FAILED; may be given several times.")
  var state: [JobState.Name] = []

  @Option(help: "Only lines with this in their text.")
  var text: String?

  func validate() throws {
    guard text != "" else {
      throw ValidationError("--text is empty, and that is in every text: give a part of one")
    }
  }

  /// The lines that a command changes: an id of several batches is none to guess about.
  var selection: Selection {
    var selection = Selection()
    selection.mayNameSeveral = false
    selection.ids = ids
    selection.jobs = job
    selection.batch = batch
    selection.states = Set(state)
    selection.text = text
    return selection
  }
}

/// Which lines a command is about, as they are now or were before.
struct SelectionOptions: ParsableArguments {
  @OptionGroup var lines: LineOptions

  @Flag(help: "What lines are not: earlier words, other takes, and lines gone from their file.")
  var former = false

  var selection: Selection {
    var selection = lines.selection
    if former { selection.age = .former }
    return selection
  }

  /// A selector that matches nothing is not success.
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

extension JobState.Name: ExpressibleByArgument {
  /// Takes a state's name in any case, and with `-` for `_`.
  public init?(argument: String) {
    self.init(rawValue: argument.uppercased().replacing("-", with: "_"))
  }
}
