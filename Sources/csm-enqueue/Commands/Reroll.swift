import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue reroll`: makes new takes of lines.
struct Reroll: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Speak lines again, as new takes of the same words.",
    discussion: """
      Each take sounds different and is paid for. A line keeps its audio until the new take is stored. \
      The new take then replaces it, unless checks find it worse or you had picked the old one; show \
      lists all takes, and pick chooses another. Lines that have not ended are left alone.

      Examples:
        csm-enqueue reroll night1:L0007
        csm-enqueue reroll --batch night1 --speaker Anna --takes 3
      """)

  @OptionGroup var which: LineOptions

  @Option(help: "How many new takes to make of each line.")
  var takes = 1

  @Flag(
    help: """
      Also reroll the later turns that were spoken with this audio, the turns spoken with theirs, and so \
      on, so that all of them follow the new takes.
      """)
  var onward = false

  @OptionGroup var consent: ConsentOptions

  func validate() throws {
    try which.demandSome()
    guard (1...20).contains(takes) else { throw ValidationError("--takes must be from 1 to 20") }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let price = workplace.settings.rules.price
    let (rerolling, unknown) = try consent.demand("the new takes", in: workplace) { costMax in
      try workplace.writing { table in
        let rerolling = try table.reroll(
          which.selection, takes: takes, isOnward: onward, price: price, costMax: costMax,
          at: Workplace.now())
        return (rerolling, try table.unknownIDs(in: which.selection))
      }
    }
    try LineOptions.demandMatch(rerolling.selected, unknown)
    if rerolling.open > 0 {
      Console.note("\(Figures.count(rerolling.open, "line")) not ended yet: left alone")
    }
    rerolling.sentences.forEach(Console.note)
    guard rerolling.lines > 0 else { throw ExitCode(ExitStatus.incomplete) }
    Console.print(
      "\(Figures.count(rerolling.lines, "line")) to speak again: "
        + "\(Figures.count(rerolling.queued, "job")) queued, "
        + Figures.estimate(rerolling.characters, rerolling.cost))
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
