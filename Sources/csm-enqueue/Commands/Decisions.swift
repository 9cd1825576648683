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
      csmd asks fal first, to pay for nothing twice without need: a line with a result is only downloaded \
      again; a request that fal knows is asked for its result; a submit that was never answered is looked \
      for in fal's list of requests. Only what fal does not have is sent, and paid for, again. UNKNOWN \
      lines are decided after one more look, without further delay.

      Examples:
        csm-enqueue retry --failed --batch night1
        csm-enqueue retry --error host_not_allowed
        csm-enqueue retry --state UNKNOWN
      """)

  @OptionGroup var which: SelectionOptions

  @Flag(help: "All FAILED lines.")
  var failed = false

  @Flag(help: "All HELD lines.")
  var held = false

  @Flag(
    help: "All lines whose audio was lost here; downloaded again at no cost while fal has it.")
  var lost = false

  @OptionGroup var consent: ConsentOptions

  func validate() throws {
    guard failed || held || lost || !which.selection.isEmpty else {
      throw ValidationError("say which lines: --failed, --held, --lost, an id, or --batch")
    }
    guard !lost || !(failed || held || !which.selection.isEmpty) else {
      throw ValidationError("--lost means all lost lines: leave out the other selectors")
    }
  }

  func run() throws {
    var selection = lost ? .lostAudio : which.selection
    if failed { selection.states.insert(.failed) }
    if held { selection.states.insert(.held) }
    let workplace = try Workplace(note: Console.note)
    let (decision, unknown) = try consent.demand("sending these again", in: workplace) { costMax in
      try workplace.writing { table in
        let decision = try table.retry(
          selection, price: workplace.settings.rules.price, costMax: costMax, at: Workplace.now())
        return (decision, try table.unknownIDs(in: selection))
      }
    }
    try SelectionOptions.demandMatch(decision.selected, unknown)
    guard decision.moved > 0 else {
      let count = Figures.count(decision.selected, "job")
      Console.note(
        "nothing to retry: none of \(count) is FAILED, HELD or UNKNOWN (reroll speaks stored lines again)"
      )
      throw ExitCode(ExitStatus.incomplete)
    }
    Console.print("\(Figures.count(decision.moved, "job")) back in the queue")
    if decision.cost > .zero {
      Console.note(
        "up to \(Figures.money(decision.cost)) to pay, for what fal does not have already")
    }
    if decision.lookedFor > 0 {
      Console.note(
        "of these, csmd looks for \(Figures.count(decision.lookedFor, "job")) at fal once more, and "
          + "sends again those that fal does not list (paid for twice if fal has them after all)")
    }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}

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

  @OptionGroup var which: SelectionOptions

  @Flag(help: "All lines.")
  var all = false

  func validate() throws {
    guard all || !which.selection.isEmpty else {
      throw ValidationError(
        "say which lines: an id, --batch, --state, --text or another filter, or --all")
    }
  }

  func run() throws {
    var selection = which.selection
    // Cancels every take of the line, not only the one shown.
    if !which.former { selection.age = .withTakes }
    let (decision, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.cancel(selection, at: Workplace.now()), try table.unknownIDs(in: selection)
      )
    }
    try SelectionOptions.demandMatch(decision.selected, unknown)
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
        "\(Figures.count(decision.lookedFor)) UNKNOWN, which csmd decides after one more look")
    }
    Console.print(parts.joined(separator: ", "))
    decision.sentences.forEach(Console.note)
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}

/// `csm-enqueue pause`: stops submitting.
struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Submit nothing new until resume; requests at fal are still followed and stored.",
    discussion: """
      Example:
        csm-enqueue pause --reason 'waiting for better clips'
      """)

  @Option(help: "Why; status shows it.")
  var reason = "paused by a person"

  func run() throws {
    let isNew = try Workplace(note: Console.note).writing { table in
      try table.pause(reason: reason, at: Workplace.now())
    }
    Console.print(
      isNew ? "paused: nothing new is sent until csm-enqueue resume" : "already paused")
  }
}

/// `csm-enqueue resume`: opens every gate.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open every gate and submit again. A gate whose cause remains closes again.",
    discussion: """
      Example:
        csm-enqueue resume
      """)

  func run() throws {
    let opened = try Workplace(note: Console.note).writing { table in
      try table.resume(at: Workplace.now())
    }
    let names = opened.map(\.name.rawValue).joined(separator: ", ")
    Console.print(opened.isEmpty ? "no gate was closed" : "opened: \(names)")
  }
}
