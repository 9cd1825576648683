import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMWorkplace

/// `csm-enqueue restore`: replaces the state directory with a backup.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Replace the state directory with a backup.",
    discussion: """
      csmd must be stopped. The former state directory is kept under another name. Nothing is sent until \
      csm-enqueue resume. Lines that were sent after the backup would be paid for again: cancel those \
      first (fal's dashboard lists them). Exit code 1 means that audio is missing or damaged in the backup.

      Examples:
        csm-enqueue restore /mnt/backup/csm
        csm-enqueue restore /mnt/backup/csm --database csm-2026-11-25T12-04-17.250Z.db
      """)

  @Argument(
    help: ArgumentHelp("The folder that backup --to made.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The name of the database to restore; by default, the newest.", valueName: "name"))
  var database: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if folder.isEmpty {
      throw ValidationError("<folder> names no folder: give the one that backup --to made")
    }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let progress = Progress("restore", "audio file")
    let interrupt = Interrupt(
      saying: "csm-enqueue: stopped: the state directory is unchanged; run restore again")
    let report = try withExtendedLifetime(interrupt) {
      try Restoration(from: folder, database: database, in: workplace) {
        progress.show($0, of: $1)
      }.run(at: Workplace.now())
    }
    progress.clear()
    if json {
      let json: JSONObject = [
        "database": report.database, "jobs": report.jobs, "copied": report.audio.copied,
        "lost": report.audio.lost.count, "former": report.former,
      ]
      try Console.print(json: json)
    } else {
      Console.print(
        "\(report.database): \(Figures.count(report.jobs, "job")) and "
          + "\(Figures.count(report.audio.copied, "audio file")) restored to \(workplace.state.path)"
      )
      if let former = report.former { Console.print("the former state directory is \(former)") }
      Console.note(
        "csmd is paused: cancel lines that were sent after the backup, then csm-enqueue resume")
    }
    guard !report.audio.lost.isEmpty else { return }
    Console.complain(
      report.audio.lost.prefix(10) + ["to repair the store: csm-enqueue verify --full"])
    throw ExitCode(ExitStatus.incomplete)
  }
}
