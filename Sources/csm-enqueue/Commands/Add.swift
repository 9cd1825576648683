import ArgumentParser
import CSMAdding
import CSMCore
import CSMReports
import CSMWorkplace

/// `csm-enqueue add`: lines of a file into the queue.
struct Add: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Add the lines of files, or of standard input (-).",
    discussion: """
      Files are read as their names end: .txt a text a line; .csv, .tsv, .psv a table with a header \
      (id, text, speaker, scene …); .jsonl and .json {"text": "…"} or fal's own {"scene": […]}; .script \
      a dialogue (Anna: …); .srt and .vtt subtitles. --dry-run shows how a file is understood.

      Each file is added in one transaction. What is in the batch already, or waits or is spoken \
      under the same words, is not added and not paid for again; so an edited file that is added \
      again costs its edits. A line that cannot be spoken is named with file, line and column; the \
      others are added.
      """)

  @Argument(help: ArgumentHelp("Files to add; - is standard input.", valueName: "file"))
  var files: [String]

  @Option(help: "The batch's name; by default the file's name without its ending.")
  var batch: String?

  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Speaking") var speaking: SpeakingOptions

  @Option(help: "Lines of higher priority go first.")
  var priority = 0

  @Option(help: "Which version of the same words: take 2 is spoken, and paid for, beside take 1.")
  var take = 1

  @Flag(help: "Speak the same words anew for each line that has them, as other takes.")
  var distinct = false

  @Flag(help: "Say what would be added and what it would cost; add nothing.")
  var dryRun = false

  @Flag(help: "Add nothing of a file in which a line is rejected.")
  var strict = false

  @Flag(
    help: """
      Take lines out of the batch that are gone from the file: those that were never sent go, the \
      others stay in list --former.
      """)
  var prune = false

  @Option(
    help: ArgumentHelp(
      """
      This file takes the place of that one, which was moved or has another name now: its lines in the \
      batch are edited, not added; - for standard input; again for more.
      """, valueName: "file"))
  var replaceFile: [String] = []

  @Option(
    help: ArgumentHelp(
      "What the batch may cost, all in all; what does not fit waits.", valueName: "usd"))
  var budget: Dollars?

  @Flag(help: "Print the outcome as JSON, an object a file.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(take) else { throw ValidationError("--take must be from 1 to 1000") }
    guard (-1000...1000).contains(priority) else {
      throw ValidationError("--priority must be from -1000 to 1000")
    }
    guard batch == nil || files.count == 1 else {
      throw ValidationError("--batch names one batch: give one file with it")
    }
    guard !prune || !files.contains("-") else {
      throw ValidationError("--prune needs a file: standard input is never the same again")
    }
    guard replaceFile.isEmpty || files.count == 1 else {
      throw ValidationError("--replace-file is said of one file: give one file with it")
    }
    if let batch, batch.isEmpty || batch.utf8.count > 200 || Printable.line(batch) != batch {
      throw ValidationError("--batch must be 1 to 200 bytes that can be printed")
    }
  }

  private var options: FileAddition.Options {
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
    return options
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let rehearsal = dryRun && files.count > 1 ? Rehearsal() : nil
    var worst = ExitStatus.success
    for file in files {
      do {
        let addition = FileAddition(
          of: file, options, in: workplace, rehearsal: rehearsal, note: Console.note)
        let report = try addition.run()
        try show(report)
        worst = max(worst, report.status)
      } catch {
        // The other files have nothing to do with it.
        let failure = Failure(error) ?? Failure("\(file): \(error)", .inputOutput)
        Console.complain(failure.sentences)
        worst = max(worst, failure.status)
      }
    }
    if worst != .success { throw ExitCode(worst) }
  }

  private func show(_ report: AdditionReport) throws {
    guard !json else { return try Console.print(json: report.json) }
    for sentence in report.sentences { Console.print(Printable.line(sentence)) }
  }
}
