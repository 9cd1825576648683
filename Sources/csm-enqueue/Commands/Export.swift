import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue export`: copies the audio of a batch into a folder, in the form that the next tool reads.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the audio of a batch into a folder, in the form that the next tool reads.",
    discussion: """
      Files are copied, never linked. Running it again copies what is new and changes nothing else; this \
      also continues an export that was stopped (Ctrl-C). A file that no export of the batch wrote is \
      never overwritten. manifest.jsonl describes every line of all batches exported there. _missing.csv \
      lists lines without audio, lines whose audio is lost, damaged or cannot be converted (exit code \
      74), and lines whose file name is taken (73).

      Examples:
        csm-enqueue export night1 --to out
        csm-enqueue export night1 --to out --convert ogg --name '{speaker}/{n:05}-{id}.{ext}'
        csm-enqueue export night1 --to corpus --as hf --split 95/5 --only good --trim

      Forms (--as); csm-enqueue help exports describes them:
      \(forms)

      --name takes {id}, {n} (the place in the batch), {batch}, {speaker}, {voice}, {scene}, {turn}, {take}, \
      {hash}, {slug} (of the text), {ext}, {date} and {meta.HEADER} (a column of the input file). {n:05} \
      pads a number with zeros, {slug:20} cuts a text, and a slash makes a folder.
      """)

  private static let forms = Form.allCases.map { form in
    "  \(form.rawValue)" + String(repeating: " ", count: 10 - form.rawValue.count) + form.summary
  }.joined(separator: "\n")

  @Argument(help: "The batch.", completion: .custom(Completions.batches))
  var batch: String

  @Option(
    help: ArgumentHelp("The folder; created if it is missing.", valueName: "folder"),
    completion: .directory)
  var to: String

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp("The form of the export; one of those above.", valueName: "form"))
  var form = Form.files

  @Option(
    help: ArgumentHelp("How files are named.", valueName: "template"),
    transform: { text in
      do throws(NameTemplate.InvalidTemplate) {
        return try NameTemplate(text)
      } catch {
        throw ValidationError(error.description)
      }
    })
  var name: NameTemplate?

  @Flag(
    help: """
      Export all stored takes of every line, named {id}.take{take}.{ext}; a --name must contain {take}.
      """)
  var allTakes = false

  @Option(help: "Only lines whose audio has no mark.")
  var only: Quality?

  @Flag(
    help: """
      Go on until the batch has ended: export each line once it is stored, and print its path. If csmd is \
      paused, or a gate or budget holds the rest back, it says so and ends with exit code 3; with 2 if lines \
      are HELD, as wait does.
      """)
  var follow = false

  @Flag(help: "With --follow: export lines in order; each waits until those before it have ended.")
  var ordered = false

  @OptionGroup(title: "Sound") var sound: SoundOptions
  @OptionGroup(title: "Forms") var shape: FormArguments

  enum Quality: String, ExpressibleByArgument, CaseIterable {
    case good
  }

  func validate() throws {
    if to.isEmpty {
      throw ValidationError("--to names no folder: give the folder a name, such as out")
    }
    if shape.split != nil, !form.takesSplit {
      throw ValidationError("--split is for --as hf and nemo")
    }
    if shape.gap != nil, !form.isSequence {
      throw ValidationError("--gap is for --as joined, book, srt and vtt")
    }
    if shape.cover != nil || shape.title != nil, form != .book {
      throw ValidationError("--cover and --title are for --as book")
    }
    if ordered, !follow || form.isSequence {
      throw ValidationError("--ordered needs --follow, and a form with a file for each line")
    }
    if form.isSequence, name != nil || allTakes {
      throw ValidationError("--name and --all-takes are for forms with a file for each line")
    }
    if allTakes, let name, !name.tellsTakesApart {
      throw ValidationError("with --all-takes, --name must contain {take}")
    }
    try sound.validate(for: form)
  }

  private var wish: ExportWish {
    var options = FormOptions(batch: batch)
    options.hasAllTakes = allTakes
    options.split = shape.split
    if let gap = shape.gap { options.gap = Int(gap.milliseconds) }
    options.book.cover = shape.cover
    options.book.title = shape.title
    var wish = ExportWish(
      form, options,
      template: name ?? (allTakes ? .ofTakes : .standard))
    wish.isOnlyGood = only == .good
    wish.isOrdered = ordered
    wish.treatment.conversion = sound.convert
    wish.treatment.isTrimmed = sound.trim
    wish.treatment.rate = sound.rate
    wish.treatment.hasTags = sound.tags
    wish.loudness = sound.loudness
    return wish
  }

  func run() throws {
    let ffmpeg = FFmpeg.find()
    if ffmpeg == nil, let why = sound.whyFFmpeg(form) {
      throw Failure("\(why) needs ffmpeg, which is not installed", .unavailable)
    }
    let workplace = try Workplace(note: Console.note)
    try workplace.reading { try $0.demandBatch(batch) }
    try workplace.demandForeign(to, "export --to another folder")
    let interrupt = Interrupt()
    let run = ExportRun(wish, workplace: workplace, to: to, ffmpeg: ffmpeg, interrupt: interrupt)
    let (tally, report) = follow ? try run.follow() : (try run.once(), nil)
    let isStopped = tally.left > 0 || follow && interrupt.isStopped
    tell(tally, isStopped: isStopped)
    let isGated = report?.end == .gated && !isStopped
    if isGated { report?.obstacles.forEach(Console.note) }
    if tally.left == 0, tally.unwanted == 0 {
      let heard = try workplace.reading { try $0.heard(batch: batch) }
      heard.sentences(batch: batch).forEach(Console.note)
    }
    if isStopped { throw ExitCode(Interrupt.status) }
    if tally.damaged + tally.unconverted > 0 { throw ExitCode(ExitStatus.inputOutput) }
    if tally.refused > 0 { throw ExitCode(ExitStatus.cannotCreate) }
    if let end = report?.end, end != .success { throw ExitCode(end) }
    if tally.missing > 0 { throw ExitCode(ExitStatus.incomplete) }
  }

  private func tell(_ tally: LineExport.Counts, isStopped: Bool) {
    var parts = [
      "\(Printable.line(batch)): \(Figures.count(tally.written, "file")) written to \(to)",
      "\(Figures.count(tally.same)) already there",
    ]
    if tally.replaced > 0 { parts.append("\(Figures.count(tally.replaced)) replaced") }
    let without = [
      (tally.missing, "without audio"), (tally.damaged, "lost or damaged"),
      (tally.unconverted, "not converted"), (tally.refused, "refused"),
      (tally.unwanted, "not good"),
    ].filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) \($0.1)" }
    if !without.isEmpty {
      parts.append(without.joined(separator: ", ") + " (see \(to)/_missing.csv)")
    }
    if tally.left > 0 { parts.append("\(Figures.count(tally.left)) not yet exported") }
    let summary = parts.joined(separator: ", ")
    // Whoever follows reads the paths of files from standard output.
    if follow { Console.note(summary) } else { Console.print(summary) }
    if tally.clipped > 0, let loudness = sound.loudness {
      Console.note(
        "\(Figures.count(tally.clipped, "file")) too loud at \(loudness) LUFS, and clipped (\"clipped\" in "
          + "manifest.jsonl): a lower --loudness avoids that"
      )
    }
    for note in tally.notes { Console.note(Printable.line(note)) }
    if isStopped {
      Console.note(
        "stopped: what was written is kept; run the same command again to go on")
    }
    if tally.refused > 0 {
      Console.note(
        "files in the way were left unchanged: move them away, or export --to another folder"
          + (form.isSequence ? "" : " or with --name '{batch}/{id}.{ext}'"))
    }
    if tally.damaged > 0 {
      Console.note(
        "csm-enqueue verify --full finds all lost or damaged audio; csm-enqueue retry --lost then "
          + "downloads it again, at no cost while fal has it")
    }
  }
}
