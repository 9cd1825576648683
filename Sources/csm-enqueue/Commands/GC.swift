import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue gc`: removes audio that no line uses from the store.
struct GC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Find stored audio that no line uses, and remove it with --delete.",
    discussion: """
      A crash between storing a file and writing its row can leave such files; they only take up space. \
      Files newer than --grace are left alone; older quarantined files are included. csmd may be running, \
      unless --grace is less than an hour.

      Examples:
        csm-enqueue gc
        csm-enqueue gc --delete
      """)

  @Flag(help: "Remove the files.")
  var delete = false

  @Option(
    help: "Leave alone files that were stored or quarantined within this time; by default 14d.")
  var grace: TimeLimit?
  private static let usualGrace: Duration = .seconds(14 * 86_400)
  /// The shortest grace while csmd runs, which may wait for the table between storing a file and its row.
  private static let attendedGrace: Duration = .seconds(3600)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    if delete, let grace, grace.duration < Self.attendedGrace, workplace.isAttended {
      throw Failure(
        "csmd is running, and a file it has just stored may have no row yet: stop it first, or give a "
          + "--grace of at least 1h", .busy)
    }
    let store = AudioStore(root: workplace.state.path)
    let limit = Workplace.now() - (grace?.duration ?? Self.usualGrace)
    let tally =
      delete
      ? try workplace.writing { table in try sweep(table, store, limit, remove) }
      : try workplace.reading { table in try sweep(table, store, limit) { _, _, _, _ in true } }
    try tell(tally)
  }

  private struct Counts: Encodable {
    var objects = 0
    var quarantined = 0
    var bytes = 0
    var deleted = false
  }

  private typealias Removal = (JobTable, AudioStore, Digest, Timestamp) throws -> Bool

  private func sweep(
    _ table: JobTable, _ store: AudioStore, _ limit: Timestamp, _ remove: Removal
  ) throws -> Counts {
    var tally = Counts(deleted: delete)
    guard try store.demandFolders(for: table) else { return tally }
    let progress = Progress("gc", "folder")
    for shard in UInt8.min...UInt8.max {
      let old = try store.entries(shard: shard).filter { $0.isRegular && $0.modifiedAt < limit }
      let named = Set(try table.objects(shard: shard).map(\.digest))
      for entry in old {
        guard let digest = entry.digest, !named.contains(digest),
          try remove(table, store, digest, limit)
        else { continue }
        tally.objects += 1
        tally.bytes += entry.bytes
      }
      progress.show(Int(shard) + 1, of: 256)
    }
    progress.clear()
    for entry in try store.quarantined() where entry.modifiedAt < limit {
      if delete { try store.removeQuarantined(entry) }
      tally.quarantined += 1
      tally.bytes += entry.bytes
    }
    return tally
  }

  /// Checks again under a write lock, which keeps new rows out, and removes the files.
  private func remove(
    _ table: JobTable, _ store: AudioStore, _ digest: Digest, _ limit: Timestamp
  ) throws -> Bool {
    try table.withoutWriters { isNamed in
      try store.remove(digest, unstoredSince: limit) { try isNamed(digest) }
    }
  }

  private func tell(_ tally: Counts) throws {
    guard !json else { return try Console.print(json: tally) }
    let count = tally.objects + tally.quarantined
    guard count > 0 else { return Console.print("nothing to remove") }
    let what =
      "\(Figures.count(tally.objects, "object")) that no line uses, "
      + "\(Figures.count(tally.quarantined, "quarantined file")), \(Figures.bytes(tally.bytes))"
    Console.print(delete ? "removed: \(what)" : "would remove: \(what); --delete removes them")
  }
}
