import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFFmpeg
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue export`: the audio of a batch into a folder, under the lines' own ids.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the audio of a batch into a folder, each file named after its line.",
    discussion: """
      Files are copied, never linked. Running it again copies what is new and changes nothing else; this \
      is also how an export goes on that was stopped (Ctrl-C). Files that no export of the batch put \
      there are never overwritten. manifest.jsonl describes every line of all batches that were exported \
      there; _missing.csv lists lines without audio, lines whose audio is lost, damaged or cannot be \
      converted (exit code 74), and lines whose file name is taken (73).

      Examples:
        csm-enqueue export night1 --to out
        csm-enqueue export night1 --to out --convert ogg --name '{speaker}/{n:05}-{id}.{ext}'

      --name takes {id}, {n} (the place in the batch), {batch}, {speaker}, {voice}, {scene}, {turn}, {take}, \
      {hash}, {slug} (of the text), {ext}, {date} and {meta.HEADER} (of the author's file). {n:05} fills a \
      number with zeros, {slug:20} cuts a text; a slash makes a folder.
      """)

  @Argument(help: "The batch.", completion: .custom(Known.batches))
  var batch: String

  @Option(
    help: ArgumentHelp("The folder; created if it is missing.", valueName: "folder"),
    completion: .directory)
  var to: String

  @Option(
    help: ArgumentHelp("How files are named.", valueName: "template"),
    transform: { text in
      do throws(NameTemplate.Mistake) {
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

  @Option(
    help: ArgumentHelp(
      "Convert with ffmpeg: ogg, opus, mp3, flac, wav:RATE, wav:8000:ulaw or wav:8000:alaw.",
      valueName: "form"))
  var convert: Conversion?

  func run() throws {
    let converter = try convert.map { form in
      guard let ffmpeg = FFmpeg.find() else {
        throw Failure("--convert needs ffmpeg, and none is installed", .unavailable)
      }
      return (form: form, ffmpeg: ffmpeg)
    }
    let workplace = try Workplace(note: Console.note)
    let interrupt = Interrupt()
    let progress = Progress("export", "line")
    let tally = try workplace.reading { table in
      try table.demandBatch(batch)
      return try BatchExport(
        batch: batch, table: table, store: AudioStore(root: workplace.state.path),
        folder: ExportFolder(path: to), path: to,
        template: name
          ?? NameTemplate(allTakes ? NameTemplate.ofTakes : NameTemplate.standard),
        hasAllTakes: allTakes, converter: converter, complain: { Console.complain([$0]) },
        progress: { progress.show($0, of: $1) }, isStopped: { interrupt.isStopped }
      ).run()
    }
    progress.clear()
    tell(tally)
    if tally.left > 0 { throw ExitCode(Interrupt.status) }
    if tally.damaged + tally.unconverted > 0 { throw ExitCode(ExitStatus.inputOutput) }
    if tally.refused > 0 { throw ExitCode(ExitStatus.cannotCreate) }
    if tally.missing > 0 { throw ExitCode(ExitStatus.incomplete) }
  }

  private func tell(_ tally: BatchExport.Tally) {
    var parts = [
      "\(Printable.line(batch)): \(Figures.count(tally.written, "file")) written to \(to)",
      "\(Figures.count(tally.same)) already there",
    ]
    if tally.replaced > 0 { parts.append("\(Figures.count(tally.replaced)) replaced") }
    for (count, what) in [
      (tally.missing, "without audio"), (tally.damaged, "lost or damaged"),
      (tally.unconverted, "not converted"), (tally.refused, "refused"),
    ] where count > 0 {
      parts.append("\(Figures.count(count)) \(what) (see \(to)/_missing.csv)")
    }
    if tally.left > 0 { parts.append("\(Figures.count(tally.left)) left") }
    Console.print(parts.joined(separator: ", "))
    if tally.left > 0 {
      Console.note(
        "stopped: what was written is kept, and the same command goes on from there")
    }
    if tally.refused > 0 {
      Console.note(
        "files that are in the way were left unchanged: move them away, or export --to another folder or "
          + "with --name '{batch}/{id}.{ext}'")
    }
    if tally.damaged > 0 {
      Console.note(
        "csm-enqueue verify --full finds everything that is lost or damaged; csm-enqueue retry --lost then "
          + "downloads it again, unpaid, while fal has it")
    }
  }
}

extension Conversion: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}
