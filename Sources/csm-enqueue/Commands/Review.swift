import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue review`: writes a page for listening to a batch.
struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a page for listening to a batch: failures first, then bad and odd audio.",
    discussion: """
      The page is one self-contained file, for any browser. It plays the audio of an export (--export), \
      or straight from the store. It shows the waveforms and marks of all takes, and has keys for \
      everything: space plays, a accepts, r rerolls, ? lists all keys. It saves your decisions in one \
      file, which decide carries out.

      Examples:
        csm-enqueue review night1 --html night1.html
        csm-enqueue decide night1-decisions.jsonl
      """)

  @Argument(help: "The batch.", completion: .custom(Completions.batches))
  var batch: String

  @Option(
    help: ArgumentHelp("The page, such as night1.html.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String

  @Option(
    help: ArgumentHelp(
      "A folder that the batch was exported to; only the takes in it can be played.",
      valueName: "folder"),
    completion: .directory)
  var export: String?

  func validate() throws {
    guard !html.isEmpty, !html.hasSuffix("/") else {
      throw ValidationError("--html names no file: give the page a name, such as night1.html")
    }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let page = URL(filePath: html).standardizedFileURL
    let folder = page.deletingLastPathComponent()
    try workplace.demandForeign(folder.path, "give --html another folder")
    let store = AudioStore(root: workplace.state.path)
    let tally = try workplace.reading { table in
      try table.demandBatch(batch)
      let audio = try AudioPlaces(store: store, batch: batch, export: export, seenFrom: folder.path)
      let writer = ReviewPage(
        batch: batch, cost: try table.standing(batch: batch, lately: Workplace.now()).cost,
        price: workplace.settings.rules.price, madeAt: Workplace.now(), audio: audio,
        waveforms: Waveforms(store: store))
      let place = try ExportFolder(path: folder.path)
      try demandRoom(try place.obstacle(at: page.lastPathComponent, beginning: ReviewPage.mark))
      return try write(writer, table, to: page.lastPathComponent, in: place)
    }
    Console.print("\(html): \(Figures.count(tally.lines, "line"))")
    if tally.unread > 0 {
      Console.note(
        "\(Figures.count(tally.unread, "recording")) without a waveform: install ffmpeg to read "
          + "compressed audio")
    }
    if tally.unreadable > 0 {
      Console.note(
        "\(Figures.count(tally.unreadable, "recording")) cannot be read: csm-enqueue verify says why"
      )
    }
  }

  private func write(
    _ writer: ReviewPage, _ table: JobTable, to name: String, in place: ExportFolder
  ) throws -> ReviewPage.Counts {
    var selection = Selection()
    selection.batch = batch
    let total = try table.count(selection)
    let progress = Progress("review", "line")
    var tally = ReviewPage.Counts()
    try place.writeText(name) { row in
      tally = try writer.write(table, progress: { progress.show(min($0, total), of: total) }, row)
    }
    progress.clear()
    return tally
  }

  /// Throws `Failure` if anything but an earlier page has the file's name.
  private func demandRoom(_ obstacle: ExportFolder.Obstacle?) throws {
    let what: String
    switch obstacle {
    case nil: return
    case .noFile: what = "is not a regular file"
    case .foreignFile: what = "was not written by review"
    }
    throw Failure(
      "\(html) exists and \(what): give another name with --html, or move it away",
      .cannotCreate)
  }
}
