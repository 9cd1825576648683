import ArgumentParser
import CSMAdding
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue add`: queues the lines of files.
struct Add: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Queue the lines of files, or of standard input (-).",
    discussion: """
      A file's extension decides how it is read: .txt has one text per line; .csv, .tsv and .psv are \
      tables with a header (id, text, speaker, scene …); .jsonl and .json hold {"text": "…"} or fal's own \
      {"scene": […]}; .script is a dialogue (Anna: …); .srt and .vtt are subtitles. --dry-run shows how a \
      file is read; csm-enqueue help formats explains every format.

      Each file is added in one transaction. Lines already in the batch, and words already queued or \
      spoken, are not added or paid for again: adding an edited file costs only the edits. Rejected lines \
      are reported with file, line and column; the others are added.

      On a terminal, add asks before it queues more than \(FileAddition.Options.fewStrangers) lines without \
      a voice, or lines that cost more than CSM_CONFIRM_USD; --cast auto and --yes answer yes in advance.

      Examples:
        csm-enqueue add night1.txt --voice anna --dry-run
        csm-enqueue add night1.txt --voice anna
        csm-enqueue add play.script --voice Anna=anna --voice Ben=ben --per-turn
        echo 'Hello there.' | csm-enqueue add - --voice anna
      """)

  @Argument(
    help: ArgumentHelp("Files to add; - is standard input.", valueName: "file"), completion: .file()
  )
  var files: [String]

  @Option(help: "The name of the batch; by default, the file name without its extension.")
  var batch: String?

  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Speaking") var speaking: SpeakingOptions

  @Option(help: "Lines with a higher priority go first.")
  var priority = 0

  @Option(help: "The number of the take; take 2 is spoken and paid for in addition to take 1.")
  var take = 1

  @Flag(help: "Speak lines with the same words separately, as different takes.")
  var distinct = false

  @Flag(help: "Show what would be added and what it would cost; add nothing.")
  var dryRun = false

  @Flag(help: "Add nothing from a file in which any line is rejected.")
  var strict = false

  @Flag(
    help: """
      Remove lines from the batch that are no longer in the file. Lines that were sent stay in \
      list --former.
      """)
  var prune = false

  @Option(
    help: ArgumentHelp(
      """
      Treat the added file as a new version of this one, which was moved or renamed; - is standard input. \
      May be repeated.
      """, valueName: "file"))
  var replaceFile: [String] = []

  @Option(
    help: ArgumentHelp(
      "The most the batch may cost in total; lines beyond it wait.", valueName: "usd"))
  var budget: Dollars?

  @Option(
    help: ArgumentHelp(
      """
      How many more takes csmd may make of a line with bad audio; by default, CSM_REROLLS for a new \
      batch, and no change for an existing one.
      """, valueName: "number"))
  var rerolls: Int?

  @OptionGroup var consent: ConsentOptions

  @Flag(help: "Print JSON, one object per file.")
  var json = false

  func validate() throws {
    guard SpeechLimits.takes.contains(take) else {
      throw ValidationError("--take must be from 1 to \(SpeechLimits.takes.upperBound)")
    }
    guard (-1000...1000).contains(priority) else {
      throw ValidationError("--priority must be from -1000 to 1000")
    }
    guard rerolls.map(RerollRule.range.contains) ?? true else {
      throw ValidationError("--rerolls must be from 0 to \(RerollRule.range.upperBound)")
    }
    guard batch == nil || files.count == 1 else {
      throw ValidationError("--batch names one batch: give only one file")
    }
    guard !prune || !files.contains("-") else {
      throw ValidationError(
        "--prune needs a file: standard input has no earlier version to compare with")
    }
    guard replaceFile.isEmpty || files.count == 1 else {
      throw ValidationError("--replace-file applies to one file: give only one")
    }
    if let batch, batch.isEmpty || batch.utf8.count > 200 || Printable.line(batch) != batch {
      throw ValidationError("--batch must be 1 to 200 printable bytes")
    }
  }

  /// Whether a person can answer a question, and the input can be read again afterwards.
  private var mayAsk: Bool { Question.canAsk && !files.contains("-") }

  /// - Parameter costMax: the most that may be queued without asking.
  private func options(costMax: Money) -> FileAddition.Options {
    var options = FileAddition.Options()
    options.reading = reading.value
    options.speaking = speaking.value
    options.batch = batch
    options.priority = priority
    options.take = take
    options.isDistinct = distinct
    options.isDryRun = dryRun
    options.isStrict = strict
    options.isPruning = prune
    options.replacedFiles = replaceFile
    options.budget = budget?.money
    options.rerolls = rerolls
    options.costMax = consent.yes ? nil : costMax
    if !mayAsk { (options.voicelessMax, options.costMax) = (nil, nil) }
    return options
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let conflicts = dryRun && files.count > 1 ? DryRunConflicts() : nil
    var worst = ExitStatus.success
    for file in files {
      do {
        let report = try add(
          file, options(costMax: workplace.settings.confirmation), workplace, conflicts)
        try show(report)
        worst = max(worst, report.status)
      } catch {
        // The other files do not depend on this one.
        let failure = Failure(error) ?? Failure("\(file): \(error)", .inputOutput)
        Console.complain(failure.sentences)
        worst = max(worst, failure.status)
      }
    }
    if worst != .success { throw ExitCode(worst) }
  }

  /// Adds a file, asking first where a person has to agree.
  private func add(
    _ file: String, _ options: FileAddition.Options, _ workplace: Workplace,
    _ conflicts: DryRunConflicts?
  ) throws -> AdditionReport {
    if file == "-", isatty(STDIN_FILENO) == 1 {
      Console.note("reading lines from the terminal; Ctrl-D ends the input")
    }
    let source = file == "-" ? "standard input" : file
    let progress = Progress("add \(source)", "line")
    let interrupt = Interrupt(saying: "csm-enqueue: stopped: nothing from \(source) was added")
    let addition = FileAddition(
      of: file, options, in: workplace, conflicts: conflicts,
      note: { words in
        progress.clear()
        Console.note(words)
      },
      progress: { phase in
        switch phase {
        case .reading(let lines): progress.show(lines)
        case .writing(let lines):
          progress.show(phase: "writing \(Figures.count(lines, "line"))")
          interrupt.say(
            "stopped while \(source) was being written: either all of it was added or none; "
              + "adding it again is safe")
        }
      })
    defer { withExtendedLifetime(interrupt) { progress.clear() } }
    do {
      return try addition.run()
    } catch let error as NeedsConsent {
      guard Question.ask(error.question) else {
        throw Failure("\(file): nothing was added", .usage)
      }
      var options = options
      switch error.consent {
      case .strangers: options.voicelessMax = nil
      case .cost: options.costMax = nil
      }
      return try add(file, options, workplace, conflicts)
    }
  }

  private func show(_ report: AdditionReport) throws {
    guard !json else { return try Console.print(json: report.json) }
    for sentence in report.sentences { Console.print(sentence: sentence, Ink(isOn: false)) }
  }
}
