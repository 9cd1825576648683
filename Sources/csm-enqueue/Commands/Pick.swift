import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue pick`: chooses the take of a line.
struct Pick: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Choose which take of a line is exported.",
    discussion: """
      Any stored take can be chosen; show lists them. No other take replaces it until you pick another.

      Example:
        csm-enqueue pick night1:L0007 --take 2
      """)

  @OptionGroup var which: LineOptions

  @Option(help: "The number of the take.")
  var take: Int

  func validate() throws {
    try which.demandSome()
    guard SpeechLimits.takes.contains(take) else {
      throw ValidationError("--take must be from 1 to \(SpeechLimits.takes.upperBound)")
    }
  }

  func run() throws {
    let (picking, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.pick(which.selection, take: take, at: Workplace.now()),
        try table.unknownIDs(in: which.selection)
      )
    }
    try LineOptions.demandMatch(picking.selected, unknown)
    var parts = ["take \(take): \(Figures.count(picking.picked, "line")) changed"]
    if picking.unchanged > 0 { parts.append("\(Figures.count(picking.unchanged)) already had it") }
    Console.print(parts.joined(separator: ", "))
    let absent = picking.selected - picking.picked - picking.unchanged
    if absent > 0 {
      Console.note(
        "\(Figures.count(absent, "line")) without a stored take \(take): left unchanged; "
          + "csm-enqueue show ID lists the takes of a line")
    }
    if absent > 0 || !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
