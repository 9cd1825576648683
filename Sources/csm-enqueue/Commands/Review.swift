import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue review`: a page to listen to a batch with.
struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a page to listen to a batch: failures first, then what sounds odd.",
    discussion: """
      The page is one file that loads nothing from elsewhere, for any browser. It plays the audio of an \
      export (--export), or straight from the store. Mark lines on it, and copy the command that speaks \
      them again.

      Example:
        csm-enqueue review night1 --html night1.html
      """)

  @Argument(help: "The batch.", completion: .custom(Known.batches))
  var batch: String

  @Option(
    help: ArgumentHelp("The page, such as night1.html.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String

  @Option(
    help: ArgumentHelp("A folder that the batch was exported to.", valueName: "folder"),
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
    var count = 0
    try workplace.reading { table in
      try table.demandBatch(batch)
      let audio = try AudioPlaces(
        store: AudioStore(root: workplace.state.path), batch: batch, export: export,
        seenFrom: folder.path)
      let writer = ReviewPage(
        batch: batch, cost: try table.standing(batch: batch, lately: Workplace.now()).cost,
        madeAt: Workplace.now(), audio: audio)
      let place = try ExportFolder(path: folder.path)
      try demandRoom(try place.obstacle(at: page.lastPathComponent, beginning: ReviewPage.mark))
      var selection = Selection()
      selection.batch = batch
      let total = try table.count(selection)
      let progress = Progress("review", "line")
      try place.writeText(page.lastPathComponent) { row in
        var written = 0
        count = try writer.write(table) { text in
          try row(text)
          written += 1
          progress.show(min(written, total), of: total)
        }
        progress.clear()
      }
    }
    Console.print("\(html): \(Figures.count(count, "line"))")
  }

  /// Sees that the page takes the place of nothing but an earlier one.
  private func demandRoom(_ obstacle: ExportFolder.Obstacle?) throws {
    let what: String
    switch obstacle {
    case nil: return
    case .noFile: what = "no plain file"
    case .foreignFile: what = "no page that review wrote"
    }
    throw Failure(
      "\(html) is there and is \(what): give another name with --html, or move it away",
      .cannotCreate)
  }
}
