import ArgumentParser
import CSMCore
import CSMSQLite

/// Which lines a command is about.
struct SelectionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Ids of jobs or lines; BATCH:LINE names a line of one batch.", valueName: "id"))
  var ids: [String] = []

  @Option(help: "Only lines of this batch.")
  var batch: String?

  @Option(
    parsing: .singleValue,
    help: "Only lines in this state, such as FAILED; may be given several times.")
  var state: [JobState.Name] = []

  @Option(help: "Only lines with this in their text.")
  var text: String?

  var selection: Selection {
    var selection = Selection()
    selection.ids = ids
    selection.batch = batch
    selection.states = Set(state)
    selection.text = text
    return selection
  }
}

extension JobState.Name: ExpressibleByArgument {
  /// Takes a state's name in any case, and with `-` for `_`.
  public init?(argument: String) {
    self.init(rawValue: argument.uppercased().replacing("-", with: "_"))
  }
}
