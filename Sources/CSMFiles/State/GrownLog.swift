import Glibc

/// A write-ahead log that has grown because some process keeps a read transaction open, which prevents
/// SQLite from resetting the log; only for messages, never for decisions.
package struct GrownLog: Sendable, CustomStringConvertible {
  package let bytes: Int
  /// The reading processes; also empty if /proc does not show them, as in a sandboxed service.
  package let readers: [LockHolder]
  private let path: String

  /// csmd truncates the log to this size when SQLite resets it.
  package static let bytesMax = 64 << 20
  /// The bytes of the `-shm` file that readers lock (SQLite's "WAL-mode File Format", 2.3).
  private static let readMarks = 123...127

  /// Nil unless the log is larger than `bytesMax`.
  package init?(ofDatabase path: String) {
    self.path = "\(path)-wal"
    var status = stat()
    guard stat(self.path, &status) == 0, status.st_size > Self.bytesMax else { return nil }
    bytes = Int(status.st_size)
    readers = LockHolder.readers(of: "\(path)-shm", among: Self.readMarks)
  }

  /// What happened, who causes it, and what helps.
  package var description: String {
    let who = readers.map(\.description).joined(separator: " and ")
    return "\(path) has grown to \(bytes >> 20) MiB: "
      + (readers.isEmpty
        ? "some program (fuser -v \(path.dropLast(4)) shows which have it open)"
        : who)
      + " \(readers.count > 1 ? "keep" : "keeps") reading the database in one transaction, and the log grows until that transaction or "
      + "program ends"
  }
}
