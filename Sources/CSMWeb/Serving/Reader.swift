import CSMFiles
import CSMSQLite
import CSMWorkplace
import Glibc
import Synchronization

/// A connection to the table that closes when it would get in the way of other programs.
///
/// While csmd runs, it empties the database's log (WAL), so the connection stays open and can tell whether
/// anything has changed. Without csmd, the last program to close the database empties the log. The
/// connection then closes soon after use, so that an open page does not prevent that.
final class Reader: Sendable {
  private struct Open {
    let table: JobTable
    let file: Place
    var usedAt = ContinuousClock.now
  }

  /// The identity of the database file, which another one may have replaced.
  private struct Place: Equatable {
    let device: UInt64
    let inode: UInt64
  }

  private let workplace: Workplace
  private let open = Mutex<Open?>(nil)

  private let lingers: Bool

  /// - Parameter lingers: whether the connection stays open for `linger` even without csmd.
  init(_ workplace: Workplace, lingers: Bool = false) {
    (self.workplace, self.lingers) = (workplace, lingers)
  }

  /// Runs `body` on the table.
  ///
  /// - Throws: `TableError.missing` before the first line was added.
  func read<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try body(table())
  }

  /// Closes the connection if csmd is not running and it was not used for `linger`.
  func closeIfIdle() {
    guard !isKept else { return }
    open.withLock { open in
      if let known = open, known.usedAt.duration(to: .now) > Self.linger { open = nil }
    }
  }

  /// How long a connection stays open after use without csmd; scrolling through a list uses it many times.
  private static let linger: Duration = .seconds(2)

  private func table() throws -> JobTable {
    try open.withLock { open in
      let file = Self.place(of: workplace.state.database)
      if let known = open, known.file == file, isKept || lingers {
        open?.usedAt = .now
        return known.table
      }
      open = nil
      let table = try workplace.openForReading()
      try table.keepLittle(kilobytes: 4000)
      if let file, isKept || lingers { open = Open(table: table, file: file) }
      return table
    }
  }

  /// Whether the connection stays open, so that `dataVersion` can show a change.
  var isKept: Bool { workplace.isAttended }

  func close() { open.withLock { $0 = nil } }

  private static func place(of path: String) -> Place? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
