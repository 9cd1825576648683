import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue reroll`: new takes of lines.
struct Reroll: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Speak lines again, as new takes beside those that are there.",
    discussion: """
      The same words sent again give other audio. Each new take is paid for. A line keeps the audio that \
      it has until a new take is stored, and is that one then; show lists all of them, and pick chooses \
      another. Lines that have not ended are left alone.
      """)

  @OptionGroup var which: LineOptions

  @Option(help: "So many new takes of each line.")
  var takes = 1

  func validate() throws {
    guard !which.selection.isEmpty else {
      throw ValidationError("say which: an id, --batch, --state, or --text")
    }
    guard (1...20).contains(takes) else { throw ValidationError("--takes must be from 1 to 20") }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let price = workplace.settings.rules.price
    let (rerolling, unknown) = try workplace.writing { table in
      let rerolling = try table.reroll(
        which.selection, takes: takes, price: price, at: Workplace.now()
      ) { request, endpoint, take in
        Digest(of: request.identity(endpoint: endpoint, take: take))
      }
      return (rerolling, try table.unknownIDs(in: which.selection))
    }
    try SelectionOptions.demandMatch(rerolling.selected, unknown)
    if rerolling.open > 0 {
      Console.note("\(Figures.count(rerolling.open, "line")) not ended yet: left alone")
    }
    if rerolling.needed > 0 {
      Console.note(
        "\(Figures.count(rerolling.needed, "line")) HELD that other turns wait for: left alone, say "
          + "retry or cancel first")
    }
    guard rerolling.lines > 0 else { throw ExitCode(ExitStatus.incomplete) }
    Console.print(
      "\(Figures.count(rerolling.lines, "line")) again: \(Figures.count(rerolling.queued, "job")) "
        + "queued, \(Figures.estimate(rerolling.characters, rerolling.cost))")
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
