import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue cancel`: gives up lines.
struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cancel lines, at fal too.",
    discussion: """
      Lines that wait here are cancelled at once. Requests at fal are cancelled there, if it is not too \
      late; audio that arrives anyway was paid for and is kept. For an UNKNOWN line, csmd looks at fal \
      once more: it cancels the request there or, if it finds none, gives the line up, though fal may \
      have spoken and billed it.

      Examples:
        csm-enqueue cancel night1:L0007 'night1:L01*'
        csm-enqueue cancel --batch night1 --state QUEUED
      """)

  @OptionGroup var which: LineOptions
  @OptionGroup var age: AgeOptions

  @Flag(help: "All lines.")
  var all = false

  func validate() throws {
    guard all || !age.selection(of: which).isEmpty else {
      throw ValidationError(
        "say which lines: an id, --batch, --state, --text or another filter, or --all")
    }
  }

  func run() throws {
    var selection = age.selection(of: which)
    // Cancels every take of the line, not only the one shown.
    if !age.former { selection.age = .withTakes }
    let (decision, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.cancel(selection, at: Workplace.now()), try table.unknownIDs(in: selection)
      )
    }
    try LineOptions.demandMatch(decision.selected, unknown)
    guard decision.moved + decision.marked > 0 else {
      let jobs = Figures.count(decision.selected, "job")
      Console.note("nothing to cancel in \(jobs): all have ended")
      throw ExitCode(ExitStatus.incomplete)
    }
    var parts: [String] = []
    if decision.moved > 0 { parts.append("\(Figures.count(decision.moved, "job")) cancelled") }
    let atFal = decision.marked - decision.lookedFor
    if atFal > 0 { parts.append("\(Figures.count(atFal)) at fal, where csmd cancels them") }
    if decision.lookedFor > 0 {
      parts.append(
        "\(Figures.count(decision.lookedFor)) UNKNOWN: csmd looks at fal once more, then decides")
    }
    Console.print(parts.joined(separator: ", "))
    decision.sentences.forEach(Console.note)
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
