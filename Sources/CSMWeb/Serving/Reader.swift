import CSMFiles
import CSMSQLite
import CSMWorkplace
import Glibc
import Synchronization

/// A connection to the table for one reader at a time.
///
/// While csmd runs, which empties the log of the database, the connection stays open and knows whether
/// anything has changed. Else it is closed soon after its use: the last program that closes the database empties
/// the log, and a page that is merely open must not be in its way.
final class Reader: Sendable {
  private struct Open {
    let table: JobTable
    let file: Place
    var usedAt = ContinuousClock.now
  }

  /// Which file it is: another one may have taken its place.
  private struct Place: Equatable {
    let device: UInt64
    let inode: UInt64
  }

  private let workplace: Workplace
  private let open = Mutex<Open?>(nil)

  private let lingers: Bool

  /// - Parameter lingers: whether a connection stays open for a moment without csmd, too.
  init(_ workplace: Workplace, lingers: Bool = false) {
    (self.workplace, self.lingers) = (workplace, lingers)
  }

  /// Runs `body` on the table.
  ///
  /// - Throws: `TableError.missing` before the first line was added.
  func read<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try body(table())
  }

  /// Closes what was not used for a while, where it is in the way of others.
  func closeIfIdle() {
    guard !isKept else { return }
    open.withLock { open in
      if let known = open, known.usedAt.duration(to: .now) > Self.linger { open = nil }
    }
  }

  /// How long a connection outlasts its use without csmd: a person's scrolling is many uses.
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
