import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// Compares the store with the rows that name its objects, one shard at a time.
package struct StoreVerification {
  private let table: JobTable
  private let store: AudioStore
  /// Whether to read every object, instead of comparing its length only.
  private let isFull: Bool
  private let now: Timestamp
  /// Called after each shard with the shards done, and all of them.
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

  /// A missing or damaged object that a row names.
  package struct Loss {
    package let digest: Digest
    /// What is wrong, in one sentence.
    package let reason: String
    /// Whether a damaged file is in its place; false if it is missing.
    package let isDamaged: Bool
  }

  package struct Report {
    package var objects = 0
    package var bytes = 0
    package var losses: [Loss] = []
    /// The paths of objects that are writable.
    package var writable: [String] = []
    /// The paths of files that are not objects by their names.
    package var strays: [String] = []
    /// Objects that no row names, except recent ones, whose rows may still be written.
    package var unnamed = 0
  }

  /// How long an object may have no row: csmd puts a file in its place before it writes the row.
  private static let patience: Duration = .seconds(3600)

  /// Compares all shards.
  ///
  /// - Throws: `Failure` if rows name objects but there is no store, such as when it is not mounted.
  package func run() throws -> Report {
    var report = Report()
    guard try store.demandFolders(for: table) else { return report }
    for shard in UInt8.min...UInt8.max {
      // Files first: a row is written after its file.
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
    // A file that was stored after the folder was read is not among the entries.
    guard try entry != nil || store.contains(row.digest) else {
      return Loss(digest: row.digest, reason: "\(path) is missing", isDamaged: false)
    }
    if let entry, !entry.isRegular {
      return Loss(digest: row.digest, reason: "\(path) is not a regular file", isDamaged: true)
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
  /// Whether there is a store.
  ///
  /// - Throws: `Failure` if there is none but rows name objects. It may not be mounted, and its objects must
  ///   not be taken for lost.
  package func demandFolders(for table: JobTable) throws -> Bool {
    if try isThere() { return true }
    let isNamed = try (UInt8.min...UInt8.max).contains { try !table.objects(shard: $0).isEmpty }
    guard !isNamed else {
      throw Failure("\(root)/objects is not there: is its file system mounted?", .inputOutput)
    }
    return false
  }
}
