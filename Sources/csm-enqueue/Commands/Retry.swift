import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue retry`: tries failed, held and unknown lines again.
struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try failed, held or unknown lines again.",
    discussion: """
      csmd asks fal first, so that nothing is paid for twice unnecessarily. If the result is here, csmd \
      only downloads the audio again. If fal knows the request, csmd asks for its result. If a submit was \
      never answered, csmd looks for it in fal's list of requests. Only what fal does not have is sent, \
      and paid for, again. csmd looks for UNKNOWN lines once more, and then decides without further \
      delay.

      Examples:
        csm-enqueue retry --failed --batch night1
        csm-enqueue retry --error host_not_allowed
        csm-enqueue retry --state UNKNOWN
      """)

  @OptionGroup var which: LineOptions
  @OptionGroup var age: AgeOptions

  @Flag(help: "All FAILED lines.")
  var failed = false

  @Flag(help: "All HELD lines.")
  var held = false

  @Flag(
    help: "All lines whose audio was lost here; downloaded again at no cost while fal has it.")
  var lost = false

  @OptionGroup var consent: ConsentOptions

  func validate() throws {
    guard failed || held || lost || !age.selection(of: which).isEmpty else {
      throw ValidationError("say which lines: --failed, --held, --lost, an id, or --batch")
    }
    guard !lost || !(failed || held || !age.selection(of: which).isEmpty) else {
      throw ValidationError("--lost means all lost lines: leave out the other selectors")
    }
  }

  func run() throws {
    var selection = lost ? .lostAudio : age.selection(of: which)
    if failed { selection.states.insert(.failed) }
    if held { selection.states.insert(.held) }
    let workplace = try Workplace(note: Console.note)
    let (decision, unknown, cancelled) = try consent.demand("sending these again", in: workplace) {
      costMax in
      try workplace.writing { table in
        let decision = try table.retry(
          selection, price: workplace.settings.rules.price, costMax: costMax, at: Workplace.now())
        return (decision, try table.unknownIDs(in: selection), try table.cancelled(in: selection))
      }
    }
    try LineOptions.demandMatch(decision.selected, unknown)
    guard decision.moved > 0 else {
      let count = Figures.count(decision.selected, "job")
      Console.note(
        "nothing to retry: none of \(count) is FAILED, HELD or UNKNOWN (csm-enqueue reroll speaks STORED "
          + "and CANCELLED lines again, and pays for new takes)")
      throw ExitCode(ExitStatus.incomplete)
    }
    Console.print("\(Figures.count(decision.moved, "job")) back in the queue")
    if decision.cost > .zero {
      Console.note(
        "up to \(Figures.money(decision.cost)) to pay, for what fal does not already have")
    }
    if decision.lookedFor > 0 {
      Console.note(
        "of these, csmd looks for \(Figures.count(decision.lookedFor, "job")) at fal once more, and "
          + "sends again those that fal does not list (paid for twice if fal has them after all)")
    }
    if cancelled > 0 {
      Console.note(
        "\(Figures.count(cancelled, "CANCELLED line")): left alone; csm-enqueue reroll speaks "
          + "\(cancelled == 1 ? "it" : "them") after all, and pays for new takes")
    }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}

extension JobTable {
  /// The number of selected lines that are cancelled, which `retry` leaves alone.
  fileprivate func cancelled(in selection: Selection) throws -> Int {
    guard selection.states.isEmpty || selection.states.contains(.cancelled) else { return 0 }
    var cancelled = selection
    cancelled.states = [.cancelled]
    return try count(cancelled)
  }
}
