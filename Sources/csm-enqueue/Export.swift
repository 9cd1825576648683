import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite

/// `csm-enqueue export`: the audio of a batch into a folder, under the lines' own ids.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy a batch's audio into a folder, each file under its line's id.",
    discussion: """
      Files are copied, never linked; running it again copies what is new and changes nothing else. \
      A file that no export put there is never overwritten. manifest.jsonl tells of every line; \
      _missing.csv names those without audio.
      """)

  @Argument(help: "The batch.")
  var batch: String

  @Option(help: ArgumentHelp("The folder; made where it is missing.", valueName: "folder"))
  var to: String

  func run() throws {
    let workplace = try Workplace()
    let tally = try workplace.reading { table in
      guard try table.hasBatch(batch) else {
        throw Failure("there is no batch \(batch)", exitCode: 1)
      }
      return try BatchExport(
        batch: batch, table: table, store: AudioStore(root: workplace.state.path),
        folder: ExportFolder(path: to), path: to
      ).run()
    }
    var parts = [
      "\(Printable.line(batch)): \(Figures.count(tally.written, "file")) written to \(to)",
      "\(Figures.count(tally.same)) there already",
    ]
    if tally.replaced > 0 { parts.append("\(Figures.count(tally.replaced)) replaced") }
    if tally.missing > 0 {
      parts.append("\(Figures.count(tally.missing)) without audio (see \(to)/_missing.csv)")
    }
    Console.print(parts.joined(separator: ", "))
    if tally.refused > 0 { throw ExitCode(73) }
    if tally.missing > 0 { throw ExitCode(1) }
  }
}
