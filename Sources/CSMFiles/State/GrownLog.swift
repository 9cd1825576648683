import Glibc

/// The write-ahead log of an SQLite database, grown because somebody does not end their reading.
///
/// It is emptied only when nobody reads. For people to read, nothing is decided by it.
package struct GrownLog: Sendable, CustomStringConvertible {
  package let bytes: Int
  /// Who reads; empty also where the kernel does not say: a service without a view of the system sees none.
  package let readers: [LockHolder]
  private let path: String

  /// csmd cuts the log to this length itself when it begins anew.
  package static let bytesMax = 64 << 20
  /// The bytes of the `-shm` file that whoever reads the log locks (SQLite's "WAL-mode File Format", 2.3).
  private static let readMarks = 123...127

  /// - Parameter bytesMax: a log of so many bytes is none that has grown: nil then.
  package init?(ofDatabase path: String, bytesMax: Int = Self.bytesMax) {
    self.path = "\(path)-wal"
    var status = stat()
    guard stat(self.path, &status) == 0, status.st_size > bytesMax else { return nil }
    bytes = Int(status.st_size)
    readers = LockHolder.readers(of: "\(path)-shm", among: Self.readMarks)
  }

  /// What it is, who is to blame, and what helps.
  package var description: String {
    let who = readers.map(\.description).joined(separator: " and ")
    return "\(path) has grown to \(bytes >> 20) MiB: "
      + (readers.isEmpty
        ? "some program (fuser -v \(path.dropLast(4)) names those that have it open) reads the database"
        : "\(who) reads the database")
      + " in a transaction without end, and until it ends that, or itself, the log grows on"
  }
}
