import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// `csm-enqueue backup`: database and audio, as they are at one moment, into a folder.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy database and audio into a folder, whether csmd runs or not.",
    discussion: """
      The folder keeps one copy of each audio file and a database for each backup; only what is new \
      is copied. A backup is there once its database is, whole and synced. How to restore one is in \
      systemd/README.md. Exit code 1: the backup is made, but audio is missing or damaged in the store.
      """)

  @Option(
    help: ArgumentHelp("The folder; made where it is missing.", valueName: "folder"),
    completion: .directory)
  var to: String

  @Option(help: "Keep so many databases, and remove older ones; by default all.")
  var keep: Int?

  @Flag(help: "As JSON.")
  var json = false

  func validate() throws {
    if let keep, keep < 1 { throw ValidationError("--keep must be at least 1") }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    guard !BackupFolder.isSame(to, as: workplace.state.path) else {
      throw Failure("\(to) is the state directory itself: name another folder", .usage)
    }
    let folder = try BackupFolder(path: to)
    let now = Workplace.now()
    let name = BackupFolder.name(at: now)
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
    guard let tally else { throw Failure("\(to)/\(name) is there: try again", .busy) }
    report.take(tally)
    if let keep { report.removed = try folder.prune(keeping: keep) }
    try tell(report, tally)
  }

  /// What became of the objects.
  private struct Tally {
    var copied = 0
    var present = 0
    var lost: [String] = []
  }

  private func copyObjects(
    of table: JobTable, from store: AudioStore, to target: AudioStore
  ) throws -> Tally {
    var tally = Tally()
    for shard in UInt8.min...UInt8.max {
      for object in try table.objects(shard: shard) {
        do {
          let isNew = try store.copy(object.digest, bytes: object.bytes, to: target)
          tally.copied += isNew ? 1 : 0
          tally.present += isNew ? 0 : 1
        } catch let damaged as DamagedObject {
          tally.lost.append(damaged.description)
        } catch let error as FileError where error.isMissing {
          tally.lost.append("\(store.path(of: object.digest)) is missing")
        }
      }
      Progress.show("backup", done: Int(shard) + 1, of: 256)
    }
    Progress.clear()
    return tally
  }

  private func tell(_ report: Report, _ tally: Tally) throws {
    if json {
      try Console.print(json: report)
    } else {
      var parts = [
        report.database, Figures.count(report.jobs, "job"),
        "\(Figures.count(tally.copied, "audio file")) copied",
        "\(Figures.count(tally.present)) there already",
      ]
      if report.removed > 0 {
        parts.append("\(Figures.count(report.removed, "older database")) removed")
      }
      Console.print(parts.joined(separator: ", "))
    }
    guard !tally.lost.isEmpty else { return }
    Console.complain(tally.lost.prefix(10) + ["mend the store: csm-enqueue verify --full"])
    throw ExitCode(ExitStatus.incomplete)
  }

  private struct Report: Encodable {
    let database: String
    var jobs = 0
    var copied = 0
    var present = 0
    var lost = 0
    var removed = 0

    init(database: String) {
      self.database = database
    }

    mutating func take(_ tally: Tally) {
      copied = tally.copied
      present = tally.present
      lost = tally.lost.count
    }
  }
}
