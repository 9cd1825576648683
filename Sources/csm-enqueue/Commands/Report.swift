import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMReports
import CSMWorkplace
import Foundation

/// `csm-enqueue report`: what became of a batch.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what became of a batch: lines, time, cost, audio, and what sounds odd.",
    discussion: """
      The exit code is that of status. --html writes a self-contained page with plots.

      Examples:
        csm-enqueue report night1
        csm-enqueue report night1 --html night1-report.html
        csm-enqueue wait night1; csm-enqueue report night1 | mail -s night1 you@example.org
      """)

  @Argument(help: "The batch.", completion: .custom(Completions.batches))
  var batch: String

  @OptionGroup var color: ColorOptions

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a page, such as report.html.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  func validate() throws {
    if let html, html.isEmpty || html == "-" || html.hasSuffix("/") {
      throw ValidationError("--html names no file: give the page a name, such as report.html")
    }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let report = try NightReport(workplace, batch: batch)
    if let html { try write(NightPage(report), to: html, workplace) }
    if json {
      try Console.print(json: report.json)
    } else if html == nil {
      let ink = color.ink
      for sentence in report.sentences { Console.print(sentence: sentence, ink) }
    }
    if report.status.concern != .success { throw ExitCode(report.status.concern) }
  }

  private func write(_ page: NightPage, to path: String, _ workplace: Workplace) throws {
    let url = URL(filePath: path).standardizedFileURL
    let parent = url.deletingLastPathComponent().path
    try workplace.demandForeign(parent, "give --html another folder")
    let folder = try ExportFolder(path: parent)
    let name = url.lastPathComponent
    guard try folder.obstacle(at: name, beginning: NightPage.mark) == nil else {
      throw Failure(
        "\(path) exists and was not written by report: give another name with --html, or move it away",
        .cannotCreate)
    }
    try folder.writeText(name) { try $0(page.text) }
  }
}
