import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue pick`: which take a line is.
struct Pick: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Choose which take of its words a line is: the one that is exported.",
    discussion: """
      Any take that is stored can be chosen; show lists them. What is still to be spoken of the line \
      takes its place no more, until the line is rolled again.
      """)

  @OptionGroup var which: LineOptions

  @Option(help: "The number of the take.")
  var take: Int

  func validate() throws {
    guard !which.selection.isEmpty else {
      throw ValidationError("say which: an id, --batch, --state, or --text")
    }
    guard (1...1000).contains(take) else { throw ValidationError("--take must be from 1 to 1000") }
  }

  func run() throws {
    let (picking, unknown) = try Workplace(note: Console.note).writing { table in
      (try table.pick(which.selection, take: take), try table.unknownIDs(in: which.selection))
    }
    try SelectionOptions.demandMatch(picking.selected, unknown)
    var parts = ["take \(take): \(Figures.count(picking.picked, "line")) changed"]
    if picking.unchanged > 0 { parts.append("\(Figures.count(picking.unchanged)) had it already") }
    Console.print(parts.joined(separator: ", "))
    let absent = picking.selected - picking.picked - picking.unchanged
    if absent > 0 {
      Console.note(
        "\(Figures.count(absent, "line")) left as before, without a stored take \(take): csm-enqueue show "
          + "ID lists the takes of a line")
    }
    if absent > 0 || !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
