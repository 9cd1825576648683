import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

/// What every command needs: the settings, the state directory, and its job table.
package struct Workplace {
  package let settings: Settings
  package let state: StateDirectory
  private let note: @Sendable (String) -> Void

  /// - Parameter note: tells the user what the program waits for.
  package init(note: @escaping @Sendable (String) -> Void = { _ in }) throws {
    self.note = note
    let environment = ProcessInfo.processInfo.environment
    settings = try SettingsReader.read(environment: environment)
    state = StateDirectory(setting: settings.stateDirectory, environment: environment)
  }

  /// Creates a workplace from known settings and a known state directory.
  package init(
    settings: Settings, state: StateDirectory, note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.settings, self.state, self.note) = (settings, state, note)
  }

  /// Whether csmd works on the table now.
  package var isAttended: Bool { ProcessLock.isHeld(path: state.lock) }

  /// Runs `body` on the table for reading; the table must exist.
  package func reading<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try body(openForReading())
  }

  /// Opens the table for reading; it must exist.
  package func openForReading() throws -> JobTable {
    try state.asOwner {
      try state.requireAccess()
      guard access(state.database, F_OK) == 0 || errno != ENOENT else {
        throw TableError.missing(path: state.database)
      }
      return try JobTable(reading: state.database)
    }
  }

  /// Runs `body` on the table for writing, then wakes the daemon; creates the folder and table if missing.
  ///
  /// `body` runs with the rights of the folder's owner, so files that only root can read must be opened
  /// before.
  package func writing<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try state.asOwner {
      try state.prepare()
      let table = try JobTable(
        path: state.database, role: .writer,
        writeLock: WriteGate(path: state.writeGate) { [note] in note("\($0): waiting") })
      let value = try body(table)
      try table.close()
      WakeSocket.wake(path: state.wakeSocket)
      return value
    }
  }

  /// Throws `Failure` if a folder for a person's files is one in which csmd keeps its own.
  ///
  /// - Parameter advice: what to do instead.
  package func demandForeign(_ folder: String, _ advice: String) throws(Failure) {
    guard state.owns(folder) else { return }
    throw Failure(
      "\(folder) belongs to csmd, which keeps its own files there: \(advice)", .usage)
  }

  /// The current time of the system clock.
  package static func now() -> Timestamp {
    Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
  }
}

extension Author {
  /// The user who runs this program; if the system knows no name, the user id stands for it.
  package static var current: Author {
    let uid = getuid()
    let name = getpwuid(uid).map { String(cString: $0.pointee.pw_name) }
    return Author(name: name ?? String(uid), uid: Int(uid))
  }
}
