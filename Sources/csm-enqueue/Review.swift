import ArgumentParser
import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import Foundation

/// `csm-enqueue review`: a page to listen to a batch with.
struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a page to listen to a batch: what failed first, then what sounds odd.",
    discussion: """
      One file without anything from elsewhere, for any browser. It plays the audio of an export \
      (--export), or straight from the store. Mark lines on it, and copy the command that has them \
      spoken anew.
      """)

  @Argument(help: "The batch.")
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
    let workplace = try Workplace()
    let page = URL(filePath: html).standardizedFileURL
    let folder = page.deletingLastPathComponent()
    var count = 0
    try workplace.reading { table in
      guard try table.hasBatch(batch) else {
        throw Failure("there is no batch \(batch)", exitCode: 1)
      }
      let audio = try AudioPlaces(
        store: AudioStore(root: workplace.state.path), batch: batch, export: export,
        seenFrom: folder.path)
      let writer = ReviewPage(
        batch: batch, cost: try table.standing(batch: batch, lately: Workplace.now()).cost,
        madeAt: Workplace.now(), audio: audio)
      let place = try ExportFolder(path: folder.path)
      try demandRoom(try place.obstacle(at: page.lastPathComponent, beginning: ReviewPage.mark))
      try place.writeText(page.lastPathComponent) { row in
        count = try writer.write(table, row)
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
      exitCode: 73)
  }
}

/// Where the page finds the audio of a line.
struct AudioPlaces {
  private let store: AudioStore
  /// The file of each line in the export, by the line's id.
  private var exported: [String: String] = [:]
  private let exportFolder: String?
  private let page: String

  init(store: AudioStore, batch: String, export: String?, seenFrom page: String) throws {
    self.store = store
    self.page = page
    exportFolder = export.map { URL(filePath: $0).standardizedFileURL.path }
    guard let exportFolder else { return }
    var isThere = false
    try Self.eachRow(of: "\(exportFolder)/manifest.jsonl") { row in
      guard row.batch ?? batch == batch else { return }
      isThere = true
      exported[row.id] = row.file
    }
    guard isThere else {
      throw Failure(
        "no export of \(batch) is in \(exportFolder): csm-enqueue export \(ShellWord.quoted(batch)) "
          + "--to \(ShellWord.quoted(exportFolder)) makes one", exitCode: 66)
    }
  }

  /// Hands over the rows of a manifest; none where there is no manifest.
  private static func eachRow(of manifest: String, _ body: (Row) -> Void) throws {
    let descriptor = open(manifest, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = FileError("read", manifest)
      if error.isMissing { return }
      throw error
    }
    defer { close(descriptor) }
    var lines = InputLines(descriptor: descriptor)
    while let line = try lines.next() {
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.bytes)) else { continue }
      body(row)
    }
  }

  private struct Row: Decodable {
    let id: String
    let batch: String?
    let file: String?
  }

  /// The URL of a line's audio, relative to the page; nil where there is none.
  func url(of line: LineRow) -> String? {
    if let exportFolder {
      return exported[line.line].map { relative("\(exportFolder)/\($0)") }
    }
    return line.digest.map { relative(store.path(of: $0)) }
  }

  private func relative(_ path: String) -> String {
    let (from, to) = (page.split(separator: "/"), path.split(separator: "/"))
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let up = Array(repeating: "..", count: from.count - shared)
    let down = to.dropFirst(shared).map {
      $0.addingPercentEncoding(
        withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~")))
        ?? ""
    }
    return (up + down).joined(separator: "/")
  }
}
