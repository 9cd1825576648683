import ArgumentParser
import CSMCore
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue retry`: failed and held lines once more.
struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send failed, held or unknown lines again.",
    discussion: """
      csmd asks fal first, so that nothing is paid for twice without need: a line with a result is only \
      downloaded again; a request that fal knows is asked for its result; a submit that was never \
      answered is looked for in fal's list of requests. Only what is not there is sent, and paid for, \
      again.
      """)

  @OptionGroup var which: SelectionOptions

  @Flag(help: "All lines that failed.")
  var failed = false

  @Flag(help: "All lines that are held.")
  var held = false

  @Flag(help: "All whose audio was lost here: downloaded again, unpaid, while fal has it.")
  var lost = false

  func validate() throws {
    guard failed || held || lost || !which.selection.isEmpty else {
      throw ValidationError("say which: --failed, --held, --lost, an id, or --batch")
    }
    guard !lost || !(failed || held || !which.selection.isEmpty) else {
      throw ValidationError("--lost takes all of them: say nothing beside it")
    }
  }

  func run() throws {
    var selection = lost ? .lostAudio : which.selection
    if failed { selection.states.insert(.failed) }
    if held { selection.states.insert(.held) }
    let (decision, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.retry(selection, at: Workplace.now()), try table.unknownIDs(in: selection)
      )
    }
    try SelectionOptions.demandMatch(decision.selected, unknown)
    guard decision.moved > 0 else {
      let count = Figures.count(decision.selected, "job")
      Console.note(
        "nothing to retry: of \(count) none is FAILED, HELD or UNKNOWN (reroll speaks others again)"
      )
      throw ExitCode(ExitStatus.incomplete)
    }
    Console.print("\(Figures.count(decision.moved, "job")) back in the queue")
    if decision.lookedFor > 0 {
      Console.note(
        "of these, csmd looks for \(Figures.count(decision.lookedFor, "job")) at fal once more, and "
          + "sends again (and pays for) what fal does not list")
    }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}

/// `csm-enqueue cancel`: lines that are not wanted any more.
struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cancel lines, at fal too.",
    discussion: """
      What waits here is cancelled at once. What fal has is cancelled there, if it is not too late; \
      audio that arrives all the same was paid for and is kept.
      """)

  @OptionGroup var which: SelectionOptions

  @Flag(help: "All lines.")
  var all = false

  func validate() throws {
    guard all || !which.selection.isEmpty else {
      throw ValidationError("say which: an id, --batch, --state, --text, or --all")
    }
  }

  func run() throws {
    var selection = which.selection
    // Whoever cancels a line wants no take of it.
    if !which.former { selection.age = .withTakes }
    let (decision, unknown) = try Workplace(note: Console.note).writing { table in
      (
        try table.cancel(selection, at: Workplace.now()), try table.unknownIDs(in: selection)
      )
    }
    try SelectionOptions.demandMatch(decision.selected, unknown)
    guard decision.moved + decision.marked > 0 else {
      let jobs = Figures.count(decision.selected, "job")
      Console.note("nothing to cancel in \(jobs): what is spoken or has ended stays as it is")
      throw ExitCode(ExitStatus.incomplete)
    }
    var parts = ["\(Figures.count(decision.moved, "job")) cancelled"]
    if decision.marked > 0 {
      parts.append("\(Figures.count(decision.marked)) at fal: csmd cancels them there")
    }
    Console.print(parts.joined(separator: ", "))
    // What fal has, cannot be spoken again before it has ended.
    let condition = decision.marked > 0 ? ", once CANCELLED" : ""
    for others in decision.elsewhere {
      Console.note(Printable.line(Self.sentence(others) + condition))
    }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }

  /// What is lost with equal lines, and how it is not.
  private static func sentence(_ others: JobTable.Elsewhere) -> String {
    let isOne = others.lines == 1
    let which =
      isOne
      ? ShellWord.quoted("\(others.batch):\(others.first)")
      : "--batch \(ShellWord.quoted(others.batch)) --state CANCELLED"
    return
      "\(Figures.count(others.lines, "line")) of \(others.batch) \(isOne ? "has" : "have") the same "
      + "words, and will not be spoken either: csm-enqueue reroll \(which) speaks "
      + "\(isOne ? "it" : "them") after all"
  }
}

/// `csm-enqueue pause`: no new submits.
struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Submit nothing new until resume; what fal has is still followed and stored.")

  @Option(help: "Why, for those who wonder.")
  var reason = "paused by a person"

  func run() throws {
    let isNew = try Workplace(note: Console.note).writing { table in
      try table.pause(reason: reason, at: Workplace.now())
    }
    Console.print(
      isNew ? "paused: nothing new is sent until csm-enqueue resume" : "it was paused already")
  }
}

/// `csm-enqueue resume`: submits again.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Submit again: opens every gate; one whose cause is still there closes by itself.")

  func run() throws {
    let opened = try Workplace(note: Console.note).writing { table in
      try table.resume(at: Workplace.now())
    }
    let names = opened.map(\.name.rawValue).joined(separator: ", ")
    Console.print(opened.isEmpty ? "nothing was closed" : "open again: \(names)")
  }
}
