import CSMFiles
import CSMSQLite
import CSMWorkplace
import Glibc
import Synchronization

/// A connection to the table for one reader at a time.
///
/// While csmd runs, which empties the log of the database, the connection stays open and knows whether
/// anything has changed. Else it is closed after each use: the last program that closes the database empties
/// the log, and a page that is merely open must not be in its way.
final class Reader: Sendable {
  private struct Open {
    let table: JobTable
    let file: Place
  }

  /// Which file it is: another one may have taken its place.
  private struct Place: Equatable {
    let device: UInt64
    let inode: UInt64
  }

  private let workplace: Workplace
  private let open = Mutex<Open?>(nil)

  init(_ workplace: Workplace) { self.workplace = workplace }

  /// Runs `body` on the table.
  ///
  /// - Throws: `TableError.missing` before the first line was added.
  func read<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try body(table())
  }

  private func table() throws -> JobTable {
    try open.withLock { open in
      let file = Self.place(of: workplace.state.database)
      if let known = open, known.file == file, isKept { return known.table }
      open = nil
      let table = try workplace.openForReading()
      if let file, isKept { open = Open(table: table, file: file) }
      return table
    }
  }

  /// Whether the connection stays open, so that its version of the data can be compared with a later one.
  var isKept: Bool { workplace.isAttended }

  /// Closes what is open: nobody is there.
  func close() { open.withLock { $0 = nil } }

  private static func place(of path: String) -> Place? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
