import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue accept`: marks audio as fine after listening.
struct Accept: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Accept the audio of lines that you listened to.",
    discussion: """
      Checks no longer mark accepted lines, and no other take replaces their audio until you pick one or \
      edit the line. A take that csmd added and has not sent is dropped. Lines without audio are left alone.

      Examples:
        csm-enqueue accept night1:L0007 night1:L0012
        csm-enqueue accept --batch night1 --check too-long
      """)

  @OptionGroup var which: LineOptions

  func validate() throws {
    try which.demandSome()
  }

  func run() throws {
    let (accepting, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.accept(which.selection, at: Workplace.now()),
        try table.unknownIDs(in: which.selection)
      )
    }
    try LineOptions.demandMatch(accepting.selected, unknown)
    var parts = ["\(Figures.count(accepting.accepted, "line")) accepted"]
    if accepting.unchanged > 0 {
      parts.append("\(Figures.count(accepting.unchanged)) already accepted")
    }
    Console.print(parts.joined(separator: ", "))
    let absent = accepting.selected - accepting.accepted - accepting.unchanged
    if absent > 0 {
      Console.note("\(Figures.count(absent, "line")) without audio: left alone")
    }
    if absent > 0 || !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
