import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// Compares the store with the rows that name its objects, one shard at a time.
package struct StoreVerification {
  private let table: JobTable
  private let store: AudioStore
  /// Reads every object instead of looking at its length.
  private let isFull: Bool
  private let now: Timestamp
  /// Told after each shard how many of all have been looked at.
  private let progress: (_ done: Int, _ all: Int) -> Void

  package init(
    table: JobTable, store: AudioStore, isFull: Bool, now: Timestamp,
    progress: @escaping (_ done: Int, _ all: Int) -> Void
  ) {
    self.table = table
    self.store = store
    self.isFull = isFull
    self.now = now
    self.progress = progress
  }

  /// Something that is not as it should be with an object that a row names.
  package struct Loss {
    package let digest: Digest
    /// Why, in one sentence.
    package let reason: String
    /// Something lies in its place.
    package let isDamaged: Bool
  }

  package struct Report {
    package var objects = 0
    package var bytes = 0
    package var losses: [Loss] = []
    /// Objects that somebody may write to.
    package var writable: [String] = []
    /// What is no object by its name.
    package var strays: [String] = []
    /// Objects that no row names; what came lately may be on its way into a row.
    package var unnamed = 0
  }

  /// A daemon puts a file in its place before it writes the row.
  private static let patience: Duration = .seconds(3600)

  /// - Throws: `Failure` where rows name objects and there is no store, as when it is not mounted.
  package func run() throws -> Report {
    var report = Report()
    guard try store.demandFolders(for: table) else { return report }
    for shard in UInt8.min...UInt8.max {
      // The files first: a row that is there later names a file that was there before.
      let entries = try store.entries(shard: shard)
      let rows = try table.objects(shard: shard)
      try compare(rows, with: entries, &report)
      progress(Int(shard) + 1, 256)
    }
    return report
  }

  private func compare(
    _ rows: [JobTable.StoredObject], with entries: [AudioStore.ShardEntry], _ report: inout Report
  ) throws {
    var files: [Digest: AudioStore.ShardEntry] = [:]
    for entry in entries {
      if let digest = entry.digest {
        files[digest] = entry
      } else {
        report.strays.append(entry.path)
      }
    }
    for row in rows {
      report.objects += 1
      report.bytes += row.bytes
      let entry = files.removeValue(forKey: row.digest)
      if let loss = try loss(of: row, entry) { report.losses.append(loss) }
      if let entry, !entry.isReadOnly { report.writable.append(entry.path) }
    }
    report.unnamed += files.values.count { $0.modifiedAt < now - Self.patience }
  }

  private func loss(of row: JobTable.StoredObject, _ entry: AudioStore.ShardEntry?) throws -> Loss?
  {
    let path = store.path(of: row.digest)
    // What came after the folder was read is not among its entries.
    guard try entry != nil || store.contains(row.digest) else {
      return Loss(digest: row.digest, reason: "\(path) is missing", isDamaged: false)
    }
    if let entry, !entry.isRegular {
      return Loss(digest: row.digest, reason: "\(path) is no file", isDamaged: true)
    }
    if let entry, entry.bytes != row.bytes {
      return Loss(
        digest: row.digest, reason: "\(path) has \(entry.bytes) bytes instead of \(row.bytes)",
        isDamaged: true)
    }
    guard isFull else { return nil }
    switch try store.verify(row.digest) {
    case .sound: return nil
    case .absent: return Loss(digest: row.digest, reason: "\(path) is missing", isDamaged: false)
    case .damaged(let found):
      let what = found.map { "hash to \($0)" } ?? "cannot be read"
      return Loss(
        digest: row.digest, reason: "\(path) is damaged: its bytes \(what)", isDamaged: true)
    }
  }
}

extension AudioStore {
  /// Whether there is a store to look at; none is wrong only where rows name objects in it, as when it
  /// is not mounted: nothing must be taken for lost then.
  package func demandFolders(for table: JobTable) throws -> Bool {
    if try isThere() { return true }
    let isNamed = try (UInt8.min...UInt8.max).contains { try !table.objects(shard: $0).isEmpty }
    guard !isNamed else {
      throw Failure("\(root)/objects is not there: is its file system mounted?", .inputOutput)
    }
    return false
  }
}
