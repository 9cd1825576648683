import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue backup`: copies a consistent snapshot of the database and its audio into a folder.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the database and the audio into a folder, whether or not csmd is running.",
    discussion: """
      The folder holds one copy of each audio file and one database per backup; only new files are \
      copied. The database comes last: once it is there, the backup is complete and synced. \
      systemd/README.md explains how to restore one. Exit code 1 means that the backup was made, but \
      audio is missing or damaged in the store.

      Example:
        csm-enqueue backup --to /mnt/backup/csm --keep 30
      """)

  @Option(
    help: ArgumentHelp("The folder; created if it is missing.", valueName: "folder"),
    completion: .directory)
  var to: String

  @Option(help: "How many databases to keep; older ones are removed. By default, all are kept.")
  var keep: Int?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if to.isEmpty {
      throw ValidationError(
        "--to names no folder: give the folder a name, such as /mnt/backup/csm")
    }
    if let keep, keep < 1 { throw ValidationError("--keep must be at least 1") }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    try workplace.demandForeign(to, "give --to another folder")
    let folder = try BackupFolder(path: to)
    let now = Workplace.now()
    let name = BackupFolder.name(at: now)
    let interrupt = Interrupt(
      saying:
        "csm-enqueue: stopped: no backup was made; the audio that was copied is kept for the next one"
    )
    defer { withExtendedLifetime(interrupt) {} }
    let store = AudioStore(root: workplace.state.path)
    var report = Report(database: "\(to)/\(name)")
    let tally = try workplace.reading { table in
      try folder.add(name) { file in
        let copy = try table.backUp(to: file, at: now)
        report.jobs = try copy.jobCounts().values.reduce(0, +)
        let tally = try copyObjects(of: copy, from: store, to: folder.store)
        try copy.close()
        return tally
      }
    }
    guard let tally else { throw Failure("\(to)/\(name) already exists: try again", .busy) }
    report.take(tally)
    if let keep { report.removed = try folder.prune(keeping: keep) }
    try tell(report, tally)
  }

  private func copyObjects(
    of table: JobTable, from store: AudioStore, to target: AudioStore
  ) throws -> StoreCopy {
    var tally = StoreCopy()
    let total = try table.objectCount()
    let progress = Progress("backup", "audio file")
    for shard in UInt8.min...UInt8.max {
      for object in try table.objects(shard: shard) {
        try tally.take(object, from: store, to: target)
      }
      progress.show(tally.copied + tally.present, of: total)
    }
    progress.clear()
    return tally
  }

  private func tell(_ report: Report, _ tally: StoreCopy) throws {
    if json {
      try Console.print(json: report)
    } else {
      var parts = [
        report.database, Figures.count(report.jobs, "job"),
        "\(Figures.count(tally.copied, "audio file")) copied",
        "\(Figures.count(tally.present)) already there",
      ]
      if report.removed > 0 {
        parts.append("\(Figures.count(report.removed, "older database")) removed")
      }
      Console.print(parts.joined(separator: ", "))
    }
    guard !tally.lost.isEmpty else { return }
    Console.complain(tally.lost.prefix(10) + ["to repair the store: csm-enqueue verify --full"])
    throw ExitCode(ExitStatus.incomplete)
  }

  private struct Report: Encodable {
    let database: String
    var jobs = 0
    var copied = 0
    var present = 0
    var lost = 0
    var removed = 0

    mutating func take(_ tally: StoreCopy) {
      copied = tally.copied
      present = tally.present
      lost = tally.lost.count
    }
  }
}
